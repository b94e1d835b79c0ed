"""The people and companies of the made-up bookings: names, places and languages as a CRM really meets them."""

# ruff: noqa: RUF001 names have the letters that they have

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where customers live."""

    locale: str
    time_zone: str
    dialling_prefix: str
    customers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Company:
    """Who is booked."""

    id: str
    name: str
    services: tuple[str, ...]
    staff: tuple[str, ...]


PLACES = (
    Place("en-GB", "Europe/London", "+4420", ("Ada Lovelace", "Niamh O'Connor", "Zadie Okonkwo-Smith")),
    Place("en-US", "America/Los_Angeles", "+1415", ("Grace Hopper", "José Álvarez Jr.", "Mary-Kate D’Angelo")),
    Place("de-DE", "Europe/Berlin", "+4930", ("Jürgen Groß", "Änne Müller-Lüdenscheidt", "Fatma Yıldız")),
    Place("fr-FR", "Europe/Paris", "+3314", ("Zoë Lefèvre", "François Œuvrard", "Noël d'Hôtel")),
    Place("pl-PL", "Europe/Warsaw", "+4822", ("Łukasz Żółkiewski", "Małgorzata Święcicka")),
    Place("pt-BR", "America/Sao_Paulo", "+5511", ("João Gonçalves", "Conceição Araújo")),
    Place("ja-JP", "Asia/Tokyo", "+8130", ("山田 花子", "髙橋 一郎")),
    Place("zh-Hant-TW", "Asia/Taipei", "+8862", ("王小明", "陳美玲")),
    Place("ar-EG", "Africa/Cairo", "+2022", ("ليلى حسن", "محمد عبد الله")),
    Place("he-IL", "Asia/Jerusalem", "+9722", ("נועה לוי",)),
    Place("hi-IN", "Asia/Kolkata", "+9111", ("प्रिया शर्मा", "Arjun Rao")),
    Place("en-AU", "Australia/Lord_Howe", "+6128", ("Kirra Māhina", "Bo 🏄 Jensen")),
)

COMPANIES = (
    Company("7d1f0a52-3c1e-4d5b-9a64-2f8e1c0b9a11", "Café Zoë", ("Brunch for two", "Chef’s table"), ("Zoë", "Émile")),
    Company("1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", "Smith & Sons <Barbers>", ("Haircut", "Shave & trim"), ("Tom",)),
    Company("9f3c1c52-6a0e-4a57-8f1d-55b1a1e7a4c2", "Müller Physiotherapie", ("Rückenmassage",), ("Frau Dr. Weiß",)),
    Company("c56a4180-65aa-42ec-a945-5fd21dec0538", "さくら美容室", ("カット", "カラー"), ("佐藤", "鈴木")),
    Company("3f333df6-90a4-4fda-8dd3-9485d27cee36", "Estúdio Maçã", ("Unhas em gel",), ("Conceição", "Inês")),
    Company("6ecd8c99-4036-403d-bf84-cf8400f67836", 'The "Good" Dentist', ("Check-up",), ("Dr. O'Neil",)),
    Company("e4eaaaf2-d142-11e1-b3e4-080027620cdd", "Zdrowie Łódź", ("Konsultacja",), ("dr Wójcik",)),
    Company("123e4567-e89b-12d3-a456-426614174000", "Nile Yoga ✨ نيل", ("Sunrise class",), ("Layla",)),
)
