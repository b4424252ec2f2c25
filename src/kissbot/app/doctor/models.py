"""Whether the models that the settings name answer, and know their names."""

import asyncio
from typing import Final

from kissbot.app.doctor.patient import Check, Patient
from kissbot.app.models import asked
from kissbot.app.report import Finding
from kissbot.providers.models.openai_compatible import OpenAiCompatible


async def models(patient: Patient) -> list[Finding]:
    """Each of them."""
    found = asked(patient.settings, patient.http)
    if not found:
        return [Finding("models", True, "none: llm.model_endpoint or apis.openai_key would name one")]
    return await asyncio.gather(*map(_model, found))


async def _model(model: OpenAiCompatible) -> Finding:
    checkup = await model.check()
    if checkup.why:
        remedy = "see that its server runs, and that address and key are right (llm, apis)"
        return Finding("models", False, f"{model.name} does not answer: {checkup.why}", remedy)
    if not checkup.has_model:
        known = ", ".join(checkup.models[:5])
        return Finding("models", False, f"{model.name} does not have that model", f"it has: {known}")
    return Finding("models", True, f"{model.name} answers")


CHECKS: Final[dict[str, Check]] = {"models": models}
