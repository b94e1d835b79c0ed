"""The companies of the sample messages and their customers, with names, places and languages that occur in a CRM."""

# ruff: noqa: RUF001 real names contain letters beyond ASCII

import unicodedata
from dataclasses import dataclass
from random import Random

from schemas.crm import Admin, CompanyAdmins


@dataclass(frozen=True, slots=True)
class Place:
    """A place with its language and time zone, and customers who live there."""

    locale: str
    time_zone: str
    dialling_prefix: str
    """Seven digits follow the prefix."""

    residents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Company:
    """A company that uses the CRM."""

    id: str
    name: str
    services: tuple[str, ...]
    staff: tuple[str, ...]
    home: Place
    admins: tuple[str, ...]


BRITAIN = Place("en-GB", "Europe/London", "+4420", ("Ada Lovelace", "Niamh O'Connor", "Zadie Okonkwo-Smith"))
CALIFORNIA = Place("en-US", "America/Los_Angeles", "+1415", ("Grace Hopper", "José Álvarez Jr.", "Mary-Kate D’Angelo"))
GERMANY = Place("de-DE", "Europe/Berlin", "+4930", ("Jürgen Groß", "Änne Müller-Lüdenscheidt", "Fatma Yıldız"))
FRANCE = Place("fr-FR", "Europe/Paris", "+3314", ("Zoë Lefèvre", "François Œuvrard", "Noël d'Hôtel"))
POLAND = Place("pl-PL", "Europe/Warsaw", "+4822", ("Łukasz Żółkiewski", "Małgorzata Święcicka"))
BRAZIL = Place("pt-BR", "America/Sao_Paulo", "+5511", ("João Gonçalves", "Conceição Araújo"))
JAPAN = Place("ja-JP", "Asia/Tokyo", "+8130", ("山田 花子", "髙橋 一郎"))
TAIWAN = Place("zh-Hant-TW", "Asia/Taipei", "+8862", ("王小明", "陳美玲"))
EGYPT = Place("ar-EG", "Africa/Cairo", "+2022", ("ليلى حسن", "محمد عبد الله"))
ISRAEL = Place("he-IL", "Asia/Jerusalem", "+9722", ("נועה לוי",))
INDIA = Place("hi-IN", "Asia/Kolkata", "+9111", ("प्रिया शर्मा", "Arjun Rao"))
AUSTRALIA = Place("en-AU", "Australia/Lord_Howe", "+6128", ("Kirra Māhina", "Bo 🏄 Jensen"))

PLACES = (
    BRITAIN,
    CALIFORNIA,
    GERMANY,
    FRANCE,
    POLAND,
    BRAZIL,
    JAPAN,
    TAIWAN,
    EGYPT,
    ISRAEL,
    INDIA,
    AUSTRALIA,
)

COMPANIES = (
    Company(
        "7d1f0a52-3c1e-4d5b-9a64-2f8e1c0b9a11",
        "Café Zoë",
        ("Brunch for two", "Chef’s table"),
        ("Zoë", "Émile"),
        FRANCE,
        ("Zoë Lefèvre", "Émile Çelik"),
    ),
    Company(
        "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
        "Smith & Sons <Barbers>",
        ("Haircut", "Shave & trim"),
        ("Tom",),
        BRITAIN,
        ("Tom Smith", "Tom Smith Jr."),
    ),
    Company(
        "9f3c1c52-6a0e-4a57-8f1d-55b1a1e7a4c2",
        "Müller Physiotherapie",
        ("Rückenmassage",),
        ("Frau Dr. Weiß",),
        GERMANY,
        ("Dr. Änne Weiß",),
    ),
    Company(
        "c56a4180-65aa-42ec-a945-5fd21dec0538",
        "さくら美容室",
        ("カット", "カラー"),
        ("佐藤", "鈴木"),
        JAPAN,
        ("佐藤 さくら", "鈴木 健"),
    ),
    Company(
        "3f333df6-90a4-4fda-8dd3-9485d27cee36",
        "Estúdio Maçã",
        ("Unhas em gel",),
        ("Conceição", "Inês"),
        BRAZIL,
        ("Conceição Araújo",),
    ),
    Company(
        "6ecd8c99-4036-403d-bf84-cf8400f67836",
        'The "Good" Dentist',
        ("Check-up",),
        ("Dr. O'Neil",),
        CALIFORNIA,
        ("Dr. Siobhán O'Neil", "Reception", "Books & Taxes LLC"),
    ),
    Company(
        "e4eaaaf2-d142-11e1-b3e4-080027620cdd",
        "Zdrowie Łódź",
        ("Konsultacja",),
        ("dr Wójcik",),
        POLAND,
        ("Paweł Wójcik", "Małgorzata Święcicka"),
    ),
    Company(
        "123e4567-e89b-12d3-a456-426614174000",
        "Nile Yoga ✨ نيل",
        ("Sunrise class",),
        ("Layla",),
        EGYPT,
        ("ليلى حسن",),
    ),
)

ABANDONED = Company(
    "5c0ffee0-0000-4000-8000-000000000000", "Gone Fishing", ("Boat for a day",), ("Nobody",), AUSTRALIA, ()
)
"""A company whose last admin has left."""

_KNOWN = {company.id: company for company in (*COMPANIES, ABANDONED)}


def admins_of(company_id: str) -> CompanyAdmins:
    """The admins of a company, as the CRM returns them; an unknown company has two, always the same."""
    company = _KNOWN.get(company_id) or _stranger(company_id)
    return CompanyAdmins(
        company_name=company.name,
        admins=tuple(
            Admin(
                id=f"admin-{number}",
                name=name,
                email=f"{mailbox(name)}.{number}@{company_id[:8]}.example.com",
                locale=company.home.locale,
                time_zone=company.home.time_zone,
            )
            for number, name in enumerate(company.admins, start=1)
        ),
    )


def mailbox(name: str) -> str:
    """The local part of an email address for a name: its ASCII letters, or `guest` if there are none."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return ".".join("".join(filter(str.isalpha, word)) for word in ascii_name.split()).strip(".") or "guest"


def _stranger(company_id: str) -> Company:
    random = Random(company_id)  # noqa: S311 no secret
    home = random.choice(PLACES)
    return Company(company_id, f"Company {company_id[:8]}", (), (), home, tuple(random.choices(home.residents, k=2)))
