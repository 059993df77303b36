"""What the people of the journey write, in the language of the run; and the clinic's header."""

from dataclasses import dataclass

from app.language import Language


@dataclass(frozen=True)
class Phrases:
    """The end of the impression, what the amendment adds, and the clinic."""

    impression: str
    amendment: str
    clinic: str
    address: str


PHRASES = {
    Language.EN: Phrases(
        "No further findings.",
        "Amended: compared with the examination of the year before.",
        "Riverside Clinic, Department of Radiology",
        "14 Garden Street",
    ),
    Language.RU: Phrases(
        "Других изменений не выявлено.",
        "Дополнение: проведено сравнение с исследованием прошлого года.",
        "Клиника «Заречная», отделение лучевой диагностики",
        "ул. Садовая, 14",
    ),
    Language.ES: Phrases(
        "Sin otros hallazgos.",
        "Enmienda: comparado con el estudio del año anterior.",
        "Clínica La Ribera, Servicio de Radiología",
        "Calle del Jardín, 14",
    ),
    Language.FR: Phrases(
        "Pas d'autre anomalie.",
        "Complément : comparé à l'examen de l'année précédente.",
        "Clinique de la Rivière, service de radiologie",
        "14, rue du Jardin",
    ),
    Language.DE: Phrases(
        "Keine weiteren Befunde.",
        "Nachtrag: verglichen mit der Untersuchung des Vorjahres.",
        "Klinik am Fluss, Abteilung für Radiologie",
        "Gartenstraße 14",
    ),
}
