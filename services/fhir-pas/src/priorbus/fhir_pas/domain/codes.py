"""Canonical URLs and code systems that PAS names (profiles document, sections 10 and 13)."""

PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
TEMP_CODES = "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes"

NPI = "http://hl7.org/fhir/sid/us-npi"
CLIA = "urn:oid:2.16.840.1.113883.4.7"
NAIC = "urn:oid:2.16.840.1.113883.6.300"
C4BB_TYPE = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType"
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
NDC = "http://hl7.org/fhir/sid/ndc"
ICD9 = "http://terminology.hl7.org/CodeSystem/icd9cm"
ICD10_PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
ICD10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
DIAGNOSIS_SYSTEMS = (
    ICD9,
    ICD10_CM,
    "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software",
    "http://uri.hddaccess.com/cs/apdrg",
    "http://uri.hddaccess.com/cs/aprdrg",
)
REVENUE = "https://www.nubc.org/CodeSystem/RevenueCodes"
DATA_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
TYPE_OF_BILL = "https://www.nubc.org/CodeSystem/TypeOfBill"
PLACE_OF_SERVICE = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"

CLAIM_TYPE = "http://terminology.hl7.org/CodeSystem/claim-type"
PROCESS_PRIORITY = "http://terminology.hl7.org/CodeSystem/processpriority"
ADJUDICATION = "http://terminology.hl7.org/CodeSystem/adjudication"
RELATIONSHIP = "http://terminology.hl7.org/CodeSystem/subscriber-relationship"
RELATED_CLAIM = "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship"
IDENTIFIER_TYPE = "http://terminology.hl7.org/CodeSystem/v2-0203"
MEMBER_NUMBER = "MB"
COVERAGE_CLASS = "http://terminology.hl7.org/CodeSystem/coverage-class"
LOINC = "http://loinc.org"
QUESTIONNAIRE = "102089-0"
"""The LOINC code by which PAS asks for a questionnaire."""

REVIEW_ACTION = "https://codesystem.x12.org/005010/306"
REVIEW_REASON = "https://codesystem.x12.org/external/886"
REJECT_REASON = "https://codesystem.x12.org/005010/901"
FOLLOW_UP = "https://codesystem.x12.org/005010/889"

INFO_CANCELLED = PAS + "modifierextension-infoCancelled"


def x12(element: int) -> str:
    """The code system of an X12 005010 data element."""
    return f"https://codesystem.x12.org/005010/{element}"


def extension(name: str) -> str:
    """The canonical URL of a PAS extension, for example `certificationType`."""
    return f"{PAS}extension-{name}"


def profile(name: str) -> str:
    """The canonical URL of a PAS profile, for example `claim`."""
    return f"{PAS}profile-{name}"
