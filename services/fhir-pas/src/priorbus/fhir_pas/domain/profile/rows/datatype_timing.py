"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-datatype-timing."""

from priorbus.fhir_pas.domain.profile.row import PAS, Row

ROWS = (
    Row("extension:calendarPattern", "0..1", url=PAS + "extension-timingcalendarpattern"),
    Row("extension:deliveryPattern", "0..1", url=PAS + "extension-timingdeliverypattern"),
    Row("repeat.bounds[x]", "0..1", types=("Duration",)),
)
