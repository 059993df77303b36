"""How values, lengths and windows are written, in the language of the moment."""

from app.domain.image import Window
from app.language import current_language, tr
from app.report.wording import number_text, unit_text
from app.viewer.model.windows import presets_for


def amount(value: float, unit: str, decimals: int = 1) -> str:
    """`12.3 mm` with a fixed number of decimals."""
    language = current_language()
    return f"{number_text(value, language, decimals)} {unit_text(unit, language)}"


def short_amount(value: float, unit: str) -> str:
    """`5 mm`, `0.5 mm`: as short as it can be said."""
    return f"{plain_number(value)} {unit_text(unit, current_language())}"


def plain_number(value: float) -> str:
    """A value as short as it can be said: whole from a hundred on, else at most two decimals."""
    whole = abs(value) >= 100 or value == round(value)
    decimals = 0 if whole else 1 if round(value, 2) == round(value, 1) else 2
    return number_text(value, current_language(), decimals).replace("-", "−")


def window_text(window: Window, modality: str, suv_factor: float | None = None) -> str:
    """Width and centre, with the name when they are a preset's; a PET's range in SUV.

    `suv_factor` turns modality units into SUV.
    """
    if modality == "PT" and suv_factor:
        low, high = (window.centre + part * window.width / 2 for part in (-1, 1))
        return tr(
            "SUV {low} to {high}",
            low=plain_number(round(low * suv_factor, 2)),
            high=plain_number(round(high * suv_factor, 2)),
        )
    text = tr(
        "W {width} L {level}",
        width=plain_number(window.width),
        level=plain_number(window.centre),
    )
    for preset in presets_for(modality):
        if (preset.window.centre, preset.window.width) == (window.centre, window.width):
            return f"{text} · {tr(preset.name)}"
    return f"{text} · {window.explanation}" if window.explanation else text
