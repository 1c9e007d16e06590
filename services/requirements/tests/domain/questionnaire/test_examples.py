"""The example templates against the acceptance cases that are decidable here (AUTH-02 to AUTH-04, AUTH-17 to AUTH-48)."""

import pytest
from services.requirements.tests.domain.questionnaire.conftest import FULL, Form, asked, attachment, flagged, missing, refused

from priorbus.contracts.commands.requirements import AnswerValue
from priorbus.requirements.domain.questionnaire import PatchResult

QUESTIONS = [
    "patient.firstName",
    "patient.lastName",
    "patient.dateOfBirth",
    "patient.gender",
    "patient.address.line1",
    "patient.address.city",
    "patient.address.state",
    "patient.address.zip",
    "coverage.memberId",
    "service.startDate",
    "diagnoses.0.code",
    "q.mri.indication",
    "q.mri.symptomWeeks",
    "q.mri.priorImaging",
    "q.mri.contrastAllergy",
    "q.mri.renalDisease",
    "q.mri.facilityType",
]


def test_a_new_mri_case_asks_seventeen_questions(mri: Form) -> None:
    evaluation = mri.evaluate()
    assert asked(evaluation) == QUESTIONS
    assert missing(evaluation) == ["clinical_notes"]
    assert evaluation.issues == ()


def test_a_new_mri_case_holds_defaults_and_computed_values(mri: Form) -> None:
    assert mri.answers == {
        "subscriber.isPatient": (True,),
        "providers.prescribing.identifiers.npi": ("1234567893",),
        "service.code": ("70553",),
        "request.isUrgent": (False,),
    }


def test_full_answers_leave_the_document_as_the_only_blocker(full: Form) -> None:
    evaluation = full.evaluate()
    assert (asked(evaluation), missing(evaluation), evaluation.issues) == ([], ["clinical_notes"], ())
    assert evaluation.blocked
    assert not full.attach(attachment("clinical_notes")).blocked


def test_one_answer_removes_one_question(mri: Form) -> None:
    assert asked(mri.put({"patient.firstName": "Ada"})) == QUESTIONS[1:]


def test_the_same_answer_again_changes_nothing(mri: Form) -> None:
    mri.put({"patient.firstName": "Ada"})
    again = mri.patch({"patient.firstName": "Ada"})
    assert isinstance(again, PatchResult)
    assert again.unchanged
    assert again.answers is mri.answers


def test_an_unknown_link_id_refuses_the_valid_item_too(mri: Form) -> None:
    assert refused(mri.patch({"nope.x": "1", "patient.firstName": "Ada"})) == [("unknown_link_id", "nope.x")]


def test_one_link_id_twice(mri: Form) -> None:
    twice = [("patient.firstName", "Ada"), ("patient.firstName", "Ada")]
    assert refused(mri.patch(twice)) == [("duplicate_link_id", "patient.firstName")]


@pytest.mark.parametrize(
    ("link_id", "value"),
    [
        ("q.mri.priorImaging", AnswerValue(kind="string", value="true")),
        ("patient.dateOfBirth", "2023-02-29"),
        ("q.mri.symptomWeeks", AnswerValue(kind="invalid", value="8")),
        ("patient.firstName", AnswerValue(kind="invalid")),
    ],
)
def test_wrong_types(mri: Form, link_id: str, value: AnswerValue | str) -> None:
    assert refused(mri.patch({link_id: value})) == [("type_mismatch", link_id)]


def test_an_inactive_item_can_not_be_answered(full: Form) -> None:
    assert refused(full.patch({"q.mri.priorImagingDate": "2026-01-05"})) == [("answer_not_allowed", "q.mri.priorImagingDate")]


def test_one_body_may_activate_and_answer(full: Form) -> None:
    evaluation = full.put({"q.mri.priorImagingDate": "2026-01-05", "q.mri.priorImaging": True})
    assert evaluation.answers["q.mri.priorImaging"] == (True,)
    assert evaluation.answers["q.mri.priorImagingDate"] == ("2026-01-05",)
    assert missing(evaluation) == ["clinical_notes", "imaging_report"]


def test_an_upstream_change_clears(full: Form) -> None:
    full.put({"q.mri.priorImagingDate": "2026-01-05", "q.mri.priorImaging": True})
    result = full.patch({"q.mri.priorImaging": False})
    assert isinstance(result, PatchResult)
    assert (result.changed, result.cleared) == (("q.mri.priorImaging",), ("q.mri.priorImagingDate",))
    assert "q.mri.priorImagingDate" not in result.answers
    full.answers = result.answers
    assert missing(full.evaluate()) == ["clinical_notes"]


def test_a_computed_item_can_not_be_answered(mri: Form) -> None:
    link_id = "providers.prescribing.identifiers.npi"
    assert refused(mri.patch({link_id: "1234567893"})) == [("answer_not_allowed", link_id)]


def test_a_bad_zip_is_stored_and_flagged(full: Form) -> None:
    evaluation = full.put({"patient.address.zip": "1"})
    assert evaluation.answers["patient.address.zip"] == ("1",)
    assert [(question.link_id, question.message) for question in evaluation.questions] == [("patient.address.zip", "Enter 5 or 9 digits.")]
    assert flagged(evaluation) == [("patient.address.zip", "pattern_mismatch", "error")]


def test_range_length_and_option_are_flagged(full: Form) -> None:
    evaluation = full.put({"q.mri.symptomWeeks": "9999", "patient.firstName": "a" * 61, "q.mri.facilityType": "emergency"})
    assert flagged(evaluation) == [
        ("patient.firstName", "too_long", "error"),
        ("q.mri.facilityType", "option_not_allowed", "error"),
        ("q.mri.symptomWeeks", "out_of_range", "error"),
    ]


def test_urgency_changes_requiredness_and_options(full: Form) -> None:
    evaluation = full.put({"request.isUrgent": True})
    assert evaluation.surface["request.urgencyReason"].required is True
    assert evaluation.surface["request.urgencyReason"].active is None
    assert evaluation.surface["q.mri.facilityType"].options == ("hospital_outpatient", "emergency")
    assert flagged(evaluation) == [("q.mri.facilityType", "option_not_allowed", "error")]
    assert asked(evaluation) == ["request.urgencyReason", "q.mri.facilityType"]


def test_the_indication_changes_a_text(full: Form) -> None:
    evaluation = full.put({"q.mri.indication": "seizure"})
    assert evaluation.surface["q.mri.symptomWeeks"].text == "Weeks since the first seizure"
    assert "q.mri.redFlags" not in evaluation.surface


def test_several_answers_up_to_the_limit(full: Form) -> None:
    assert full.put({"q.mri.redFlags": ["thunderclap", "papilledema"]}).answers["q.mri.redFlags"] == ("thunderclap", "papilledema")
    six = ["thunderclap", "neuro_deficit", "papilledema", "cancer_history", "none", "none"]
    assert refused(full.patch({"q.mri.redFlags": six})) == [("too_many_answers", "q.mri.redFlags")]


def test_a_failing_rule_blocks(full: Form) -> None:
    evaluation = full.put({"q.mri.redFlags": "none", "q.mri.symptomWeeks": "2"})
    assert flagged(evaluation) == [("q.mri.redFlags", "headache_without_red_flags", "error")]
    assert full.attach(attachment("clinical_notes")).blocked
    assert not full.put({"q.mri.symptomWeeks": "8"}).blocked


def test_a_warning_does_not_block(full: Form) -> None:
    full.attach(attachment("clinical_notes", "lab_results"))
    evaluation = full.put({"q.mri.renalDisease": True, "q.mri.egfr": "20"})
    assert flagged(evaluation) == [("q.mri.egfr", "egfr_low", "warning")]
    assert not evaluation.blocked


def test_clearing_brings_the_question_back(full: Form) -> None:
    assert asked(full.put({"patient.firstName": None})) == ["patient.firstName"]


def test_occurrences_grow_by_the_next_number(full: Form) -> None:
    assert full.put({"diagnoses.1.code": "R51.9"}).answers["diagnoses"] == ({"code": ("G43.909",)}, {"code": ("R51.9",)})
    assert refused(full.patch({"diagnoses.3.code": "R51.9"})) == [("occurrence_gap", "diagnoses.3.code")]


def test_clearing_an_occurrence_moves_later_ones_down(full: Form) -> None:
    full.put({"diagnoses.1.code": "R51.9"})
    result = full.patch({"diagnoses.0.code": None})
    assert isinstance(result, PatchResult)
    assert result.answers["diagnoses"] == ({"code": ("R51.9",)},)
    assert result.changed == ("diagnoses.0.code",)


def test_thirteen_diagnoses(full: Form) -> None:
    body = {f"diagnoses.{number}.code": "R51.9" for number in range(13)}
    assert refused(full.patch(body)) == [("too_many_occurrences", "diagnoses.12.code")]


def test_nested_siblings_replace_all_occurrences(full: Form) -> None:
    full.put({"diagnoses.1.code": "R51.9", "diagnoses.2.code": "R51.0"})
    evaluation = full.put([("diagnoses", [("code", "G40.909")]), ("diagnoses", [("code", "R51.9")])], "nested")
    assert evaluation.answers["diagnoses"] == ({"code": ("G40.909",)}, {"code": ("R51.9",)})


def test_nested_addressing_knows_no_numbers(full: Form) -> None:
    assert refused(full.patch({"diagnoses.0.code": "R51.9"}, "nested")) == [("unknown_link_id", "diagnoses.0.code")]


def test_a_diagnosis_without_code(full: Form) -> None:
    assert asked(full.put([("diagnoses", [("qualifierCode", "ABK")])], "nested")) == ["diagnoses.0.code"]


def test_conditions_within_one_occurrence(drug: Form) -> None:
    evaluation = drug.put({"q.priorTherapies.0.outcome": "other", "q.priorTherapies.1.outcome": "intolerance"})
    assert evaluation.surface["q.priorTherapies.0.outcomeDetail"].required is True
    assert evaluation.surface["q.priorTherapies.1.outcomeDetail"].active is False
    assert "q.priorTherapies.0.outcomeDetail" in asked(evaluation)
    assert "q.priorTherapies.1.outcomeDetail" not in asked(evaluation)


def test_step_therapy(drug: Form) -> None:
    found = flagged(drug.put({"q.drug.therapyStage": "new_start"}))
    assert ("q.priorTherapies", "step_therapy", "error") in found
    assert not drug.put({"q.priorTherapies.0.name": "Methotrexate"}).issues


def test_a_patch_can_clear_the_last_blocker_and_add_one(full: Form) -> None:
    full.attach(attachment("clinical_notes"))
    assert full.put({"patient.firstName": None}).blocked
    assert not full.put({"patient.firstName": "Ada"}).blocked


def test_hospital_bed_rules(bed: Form) -> None:
    evaluation = bed.put({"q.bed.need": "head_elevation", "q.bed.headElevationDegrees": "20", "q.bed.setting": "skilled_nursing"})
    assert flagged(evaluation) == [
        ("q.bed.headElevationDegrees", "head_elevation_low", "error"),
        ("q.bed.setting", "setting_not_covered", "error"),
    ]
    assert missing(evaluation) == ["clinical_notes", "physician_order"]
    assert missing(bed.put({"q.bed.need": "pain"})) == ["clinical_notes", "medical_necessity_letter", "physician_order"]
    assert "q.bed.headElevationDegrees" not in bed.answers


def test_hospital_bed_supply_depends_on_the_length_of_need(bed: Form) -> None:
    evaluation = bed.put({"q.bed.lengthOfNeedMonths": "12.5", "q.bed.supply": "purchase"})
    assert evaluation.surface["q.bed.supply"].options == ("rental",)
    assert "q.bed.supply" not in bed.put({"q.bed.lengthOfNeedMonths": "13"}).surface


def test_full_answers_keep_questionnaire_order(mri: Form) -> None:
    backwards = dict(reversed(FULL.items()))
    mri.put(backwards)
    items = [item.link_id for group in mri.template.groups if not group.repeats for item in group.items]
    assert [link_id for link_id in mri.answers if link_id != "diagnoses"] == [link_id for link_id in items if link_id in mri.answers]
