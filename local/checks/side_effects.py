"""Side effects as they are seen from outside, each brought home to the job that did it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from local.checks.outcomes import OutcomeLine
from local.emulator.emulator import SentMail, SentText
from schemas.reasons import Outcome
from schemas.sms import SMS_SEND


class SideEffects:
    """Knows the jobs by their outcome lines."""

    def __init__(self, lines: Iterable[OutcomeLine], phones: Mapping[str, str]) -> None:
        """Bring home what these jobs did.

        Args:
            lines: the outcome lines of all functions.
            phones: for each phone number the id of the one accepted message whose chain may send texts there.
        """
        chains: dict[str, str] = {}
        jobs: defaultdict[str, list[str]] = defaultdict(list)
        for line in lines:
            chains[line.id] = line.correlation_id
            if line.service == SMS_SEND.name and line.outcome is Outcome.SUCCEEDED:
                jobs[line.correlation_id].append(line.id)
        self._texting = {phone: jobs[chains[id_]] for phone, id_ in phones.items() if id_ in chains}

    @staticmethod
    def mailed(mails: Iterable[SentMail]) -> Counter[str]:
        """Mails by the job that each names; one that names none is counted by its address."""
        return Counter(mail.message_id or f"a mail to {', '.join(mail.to)}" for mail in mails)

    def texted(self, texts: Iterable[SentText]) -> Counter[str]:
        """Texts by job. SNS takes no id of ours: the number tells the chain, whose jobs' texts are taken in turn."""
        unclaimed = {phone: iter(jobs) for phone, jobs in self._texting.items()}
        return Counter(next(unclaimed.get(text.to, iter(())), f"a text to {text.to}") for text in texts)
