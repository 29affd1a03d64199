"""The words of a result: what was read, migrated, skipped, failed; and what can be such an entity."""

import re

from services.logsink.understand.words import NOUN_WORDS, PAST_WORDS, listed

_BY_FIELD = {
    "failed": listed("""
    failed failures failure errors error rejected invalid errored nok falhas falha falharam erros erro
    fallidos fallidas rejeitados rejeitadas errores échecs fehler fehlgeschlagen fehlerhaft
    """),
    "skipped": listed("""
    skipped ignored duplicates duplicate unchanged existing excluded discarded pulados puladas ignorados ignoradas
    omitidos omitidas duplicados duplicadas ignorés übersprungen
    """),
    "migrated": listed("""
    migrated imported inserted created updated loaded copied exported transferred converted succeeded success ok
    successful successfully saved written upserted restored completed added migrados migradas importados importadas
    inseridos inseridas criados criadas atualizados atualizadas gravados gravadas sucesso insertados insertadas
    creados actualizados migrés importés insérés migriert importiert gespeichert
    """),
    "read": listed("""
    read total found processed source fetched input scanned extracted lidos lidas encontrados
    encontradas processados processadas leídos leídas procesados lus traités gelesen verarbeitet gesamt
    """),
}
FIELDS = {word: field for field, words in _BY_FIELD.items() for word in words}
STRENGTH = ("failed", "skipped", "migrated", "read")  # "total of errors" are errors
# "Created 100, updated 20" are two parts of one field; a word that says less than another gives way to it.
CREATED = frozenset(
    listed("created inserted added criados criadas inseridos inseridas creados insertados insertadas insérés")
)
UPDATED = frozenset(listed("updated atualizados atualizadas actualizados"))
ANNOUNCED = frozenset(listed("found of total source encontrados encontradas gesamt"))  # alone they tell of no work
VAGUE = frozenset(
    listed("""
    found processed fetched scanned input errors error erros erro errores fehler created inserted updated added
    encontrados encontradas processados processadas procesados traités verarbeitet criados criadas atualizados
    atualizadas creados actualizados duplicates duplicate existing unchanged duplicados duplicadas saved written
    """)
)
# One of these names a kind of trouble; with a number behind it, it is that one: "Error 500", "error: 7".
CODES = frozenset(listed("error erro failure falha exception fehler"))
FUNCTION = frozenset(
    listed("""
    a all already also and as been com count da das de del do dos e el en foram had has have in its la le los mit no
    not of only os para por the their to und was were with y
""")
)
# With them, what says nothing in a name: "Total number of patients that were imported".
FILLERS = FUNCTION | frozenset(
    listed("""
    datensätze done entity entries filas final finished gravar import importar importação importing inserir insert
    item items lignes linha linhas load logical migrar migrate migration migração migrações new number overall
    process record records registro registros regular result results resultado resumo row rows summary tabela tabla
    table totals zeilen
""")
)
TOTALS = frozenset({"total", "totals", "sum", "all", "overall", "total geral", "gesamt", "totais", "grand total"})
WHOLE = frozenset({"record", "records", "row", "rows", "item", "items", "registros", "linhas", "filas", "total"})
# What holds records: how many of them there are says nothing of how many records.
CONTAINERS = frozenset(listed("arquivos collections databases files schemas sheets tabelas tables"))
# Units of work, of time and of size: many of them, but not what is migrated.
UNITS = frozenset(
    listed("""
    batch batches bytes chunk chunks check checks days dias gb hora horas horas hours job jobs kb kib lote lotes mb
    mib milliseconds minutes minutos mins ms page pages pass passes phase phases seconds secs segundos servers
    stage stages status step steps task tasks test tests thread threads time times warnings warning worker workers
    avisos retries attempts connections versions
""")
)
_SEPARATORS = re.compile(r"[_\-\s]+")


def field_of(word: str) -> str | None:
    """Which of read, migrated, skipped, failed a word means."""
    return FIELDS.get(word.lower().strip(" :"))


def is_entity(word: str) -> bool:
    """A noun that scripts count, or what looks like a plural."""
    if word in FILLERS or word in FIELDS or word in PAST_WORDS or word in UNITS or word.endswith(("ed", "ss", "us")):
        return False
    return word in NOUN_WORDS or (len(word) > 3 and word.endswith("s")) or bool(_IDENTIFIER.fullmatch(word))


def is_many(word: str) -> bool:
    return word.endswith("s") or word in _PLURALS


def name_of(words: list[str]) -> str | None:
    """What the words name, without those that say nothing; empty if all say nothing, None if it is no entity."""
    names = [word for word in words if word not in FILLERS and word not in FIELDS]
    if not names:
        return ""
    return " ".join(names) if len(names) <= 2 and is_entity(names[-1]) else None


_PLURALS = frozenset(listed("patienten zeilen dateien termine seiten datensätze people"))
_IDENTIFIER = re.compile(r"[a-z]{2,30}(?:[._][a-z]{2,30}){1,3}")
