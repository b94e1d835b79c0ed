"""Stripe's decline codes in words, for a company's admins."""

from lambdas.common.texts.wording import Wording

_CODES = {
    "account": "invalid_account",
    "address": "incorrect_address",
    "amount": "invalid_amount",
    "authentication": "authentication_required",
    "blocked": "pickup_card restricted_card security_violation",
    "card_number": "incorrect_number invalid_number",
    "changed": "new_account_information_available",
    "currency": "currency_not_supported",
    "declined": "card_declined merchant_blacklist",
    "duplicate": "duplicate_transaction",
    "expired": "expired_card",
    "expiry_date": "invalid_expiry_month invalid_expiry_year",
    "fraud": "fraudulent highest_risk_level",
    "funds": "insufficient_funds",
    "later": "try_again_later",
    "limit": "card_velocity_exceeded withdrawal_count_limit_exceeded",
    "lost": "lost_card",
    "no_reason": "call_issuer do_not_honor do_not_try_again generic_decline no_action_taken",
    "not_allowed": "card_not_supported not_permitted service_not_allowed transaction_not_allowed",
    "not_processed": "processing_error reenter_transaction",
    "pin": "incorrect_pin invalid_pin pin_try_exceeded",
    "pin_needed": "offline_pin_required online_or_offline_pin_required",
    "postal_code": "incorrect_zip",
    "revoked": "revocation_of_all_authorizations revocation_of_authorization stop_payment_order",
    "security_code": "incorrect_cvc invalid_cvc",
    "stolen": "stolen_card",
    "test_card": "testmode_decline",
    "unreachable": "approve_with_id issuer_not_available",
}
"""Stripe's decline codes (docs.stripe.com/declines/codes) by their reason in `declines.toml` of each language."""

REASONS = {code: reason for reason, codes in _CODES.items() for code in codes.split()}


def reason(wording: Wording, code: str | None) -> str:
    """Describe a decline code; one that is not listed is shown with spaces, such as "moon in wrong phase"."""
    if code is None:
        return wording.say("declines.none")
    known = REASONS.get(code)
    return wording.say(f"declines.{known}") if known else wording.say("declines.other", code=code.replace("_", " "))
