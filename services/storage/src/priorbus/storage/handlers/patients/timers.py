"""Keys of the durable timers behind uploads, and what starts them."""

from datetime import timedelta

from priorbus.contracts.commands.patients import DiscardPatientUpload, ProcessPatientAttachment
from priorbus.runtime.handling import Context

_LONGEST_DELAY = timedelta(minutes=5)


def close_timer(ticket: str) -> str:
    """Fires when a ticket and its grace time are over."""
    return f"close_upload_ticket/{ticket}"


def discard(context: Context, message: DiscardPatientUpload, delay: timedelta = timedelta()) -> None:
    """Remove what a ticket has left in the object store, once this work is committed."""
    context.work.schedule(f"discard_patient_upload/{message.ticket}", context.now + delay, message)


def process(context: Context, attachment_id: int, attempt: int = 1) -> None:
    """Process an attachment: the first time at once, then after 2, 4, 8 … seconds, at most 5 minutes."""
    delay = timedelta() if attempt == 1 else min(timedelta(seconds=2 ** min(attempt - 1, 10)), _LONGEST_DELAY)
    message = ProcessPatientAttachment(patient_attachment_id=attachment_id, attempt=attempt)
    context.work.schedule(f"process_patient_attachment/{attachment_id}", context.now + delay, message)
