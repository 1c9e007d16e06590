"""When a ticket is good (patient-attachments.md 4.1, 5)."""

from datetime import UTC, datetime, timedelta

from priorbus.storage.domain.patients.tickets import UploadTicket, expiry, ticket_fault

NOW = datetime(2026, 5, 5, 12, 0, 0, 250_000, tzinfo=UTC)
TICKET = UploadTicket(id="0a", tenant="t_acme", patient_id=5, expires_at=expiry(NOW, 60))


def test_a_ticket_ends_at_a_whole_second_and_not_too_early() -> None:
    assert expiry(NOW, 60) == datetime(2026, 5, 5, 12, 1, 1, tzinfo=UTC)
    assert expiry(NOW.replace(microsecond=0), 60) == datetime(2026, 5, 5, 12, 1, tzinfo=UTC)


def test_the_first_failing_check_decides() -> None:
    late = NOW + timedelta(minutes=2)
    used = TICKET.model_copy(update={"attachment_id": 9})
    assert ticket_fault(TICKET, 5, NOW) is None
    assert ticket_fault(TICKET, 5, TICKET.expires_at) == "ticket_expired"
    assert ticket_fault(None, 5, NOW) == "ticket_unknown"
    assert ticket_fault(TICKET, 6, NOW) == "ticket_unknown"
    assert ticket_fault(used, 5, NOW) == "ticket_used"
    assert ticket_fault(used, 5, late) == "ticket_expired"
    assert ticket_fault(TICKET.model_copy(update={"closed_at": NOW}), 5, NOW) == "ticket_expired"
