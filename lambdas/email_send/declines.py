"""Stripe's decline codes in plain words, for a company's admins."""

_NO_REASON = "declined by the bank without a reason"
_LIMIT = "the card's limit is reached"
_BLOCKED = "the card is blocked by its bank"
_WRONG_DATE = "wrong expiry date"
_WRONG_CODE = "wrong security code"
_NOT_ALLOWED = "the card cannot be used for this payment"

_WORDS = {
    "authentication_required": "the customer has to confirm the payment with their bank",
    "call_issuer": _NO_REASON,
    "card_not_supported": _NOT_ALLOWED,
    "card_velocity_exceeded": _LIMIT,
    "currency_not_supported": "the card does not support this currency",
    "do_not_honor": _NO_REASON,
    "do_not_try_again": _NO_REASON,
    "expired_card": "the card has expired",
    "fraudulent": "suspected fraud",
    "generic_decline": _NO_REASON,
    "highest_risk_level": "suspected fraud",
    "incorrect_cvc": _WRONG_CODE,
    "incorrect_number": "wrong card number",
    "incorrect_zip": "wrong postal code",
    "invalid_cvc": _WRONG_CODE,
    "invalid_expiry_month": _WRONG_DATE,
    "invalid_expiry_year": _WRONG_DATE,
    "invalid_number": "wrong card number",
    "issuer_not_available": "the bank could not be reached",
    "lost_card": "the card was reported lost",
    "new_account_information_available": "the card's details have changed",
    "no_action_taken": _NO_REASON,
    "not_permitted": _NOT_ALLOWED,
    "pickup_card": _BLOCKED,
    "reenter_transaction": "the bank could not process the payment",
    "restricted_card": _BLOCKED,
    "revocation_of_all_authorizations": "the customer no longer allows payments from this card",
    "revocation_of_authorization": "the customer no longer allows payments from this card",
    "stolen_card": "the card was reported stolen",
    "transaction_not_allowed": _NOT_ALLOWED,
    "withdrawal_count_limit_exceeded": _LIMIT,
}
"""Stripe's decline codes (docs.stripe.com/declines/codes) that are not plain words by themselves."""


def in_words(code: str | None) -> str:
    """Describe a decline code; an unlisted code is shown with spaces, such as "insufficient funds"."""
    if code is None:
        return "no reason given"
    return _WORDS.get(code) or code.replace("_", " ")
