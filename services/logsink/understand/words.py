"""The words by which scripts speak of their work, in the languages that clinics' scripts are written in."""

import re


def listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def words_of(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def stem(noun: str) -> str:
    """Patients and patient are the same."""
    noun = noun.lower()
    return noun[:-1] if noun.endswith("s") and len(noun) > 3 else noun


# What was done with records; a number beside it is how many.
PAST = listed("""
    migrated processed imported exported inserted loaded copied converted transferred uploaded
    downloaded synced synchronized synchronised indexed created updated written saved fetched handled
    completed finished done read scanned parsed restored dumped moved applied validated sent received
    extracted merged upserted persisted migrados migradas processados processadas importados importadas
    exportados inseridos inseridas carregados carregadas copiados convertidos transferidos gravados
    gravadas concluídos concluídas concluidos enviados lidos procesados procesadas insertados insertadas
    cargados copiadas convertidas guardados guardadas completados traités traitées importés importées
    migrés insérés copiés exportés verarbeitet migriert importiert exportiert kopiert geladen
    gespeichert übertragen
""")
DOING = listed("""
    migrating processing importing exporting inserting loading copying converting transferring uploading
    downloading syncing synchronizing indexing creating updating writing reading fetching handling
    scanning parsing restoring dumping moving applying validating sending receiving extracting merging
    building compiling installing analyzing migrando processando importando exportando inserindo
    carregando copiando convertendo transferindo gravando enviando lendo procesando insertando cargando
    convirtiendo guardando leyendo verarbeite importiere migriere resolving counting compressing
    unpacking rebuilding generating rendering verifying checking
""")
NOUNS = listed("""
    patient appointment record row item file document table entry entrie object user doctor practitioner
    clinic prescription exam note contact message invoice payment visit encounter consultation chunk
    batch batche page line event image attachment schedule product order customer account task job unit
    block step stage paciente consulta agendamento registro linha arquivo iten documento tabela objeto
    usuário usuario médico medico clínica receita exame prontuário prontuario lote página pagina evento
    imagem anexo mensagem fatura cita fila archivo tabla étape lot enregistrement ligne fichier
    rendez-vous patienten datensatz datensätze zeile zeilen datei dateien termin termine seite seiten
    schritt
""")
GENERIC = frozenset(
    listed("""
    datensatz datensätze enregistrement entrie entry fila item iten ligne line linha object objeto
    record registro row zeilen
""")
)
_OTHER = listed("""
    progress progresso progreso fortschritt progression complete completed done finished concluído
    concluido andamento batch chunk page step stage phase part lote etapa passo fase paso étape schritt
    epoch iteration migrate process import export insert load copy convert transfer sync total overall
    remaining eta
""")
# Beside a number these say that it measures something else, even beside a bar …
MEASURE_WORDS = frozenset(
    listed("""
    aguardando bloat completeness sleep sleeping wait waited waiting
    above accuracy attempt attempts battery below capacity compression confidence coverage cpu decrease
    decreased deflated desconto descontos disco discount discounts disk espaço faster filesystem free
    full growth heap humidity increase increased inode inodes intento intentos least livre load loss
    margin mem memoria memory memória most off over partition probability quota ram rate rates rating
    ratio reduction retries retry retrying saving savings score scores similar similarity slower swap
    tax taxa tentativa tentativas than threshold  tries try under usado usage used uso utilisation
    utilization vat
""")
)
# … and these where no bar is drawn.
TRAP_WORDS = MEASURE_WORDS | frozenset(
    listed("""
    active available cache checksum displaying display exist exists has have less keeping kept mostrando nota only
    pain points retained result results resultado sem showing tem têm without
    check checks compressed connection connections erro error errors erros exit
    failed failing failure failures falha falharam falhas healthy hit hits invalid match matched matches
    missing node offline online passed pool port ready rejected replica replicas server servers shard
    shards signal skipped slot slots space storage test tests thread threads version volume warning
    warnings worker workers
""")
)
# The rest of the work, not what is done of it.
REMAINING_WORDS = frozenset(
    listed("""
    faltam faltando left pending remain remaining restam restando restante restantes übrig verbleibend
""")
)
OVERALL_WORDS = frozenset(listed("all geral gesamt overall total"))
FUNCTION_WORDS = frozenset(
    listed("""
    at bei da das de der des die do dos en far for from in into is na no nr num number of on por so sur the to
    total up von already now até
""")
)
TIME_UNITS = frozenset(
    listed("""
    day days dias hora horas hour hours hrs jours milliseconds min mins minute minutes minuto minutos ms sec
    second secondes seconds secs segundos sekunden stunden
""")
)
# Beside a number: how many there are, before anything is done with them; and what is to be done with them.
ANNOUNCING = listed("""
    discovered encontradas encontrados encontramos encontraron existem expecting found gefunden got have
    queued selected total trouvé trouvés extracted fetched lidos lidas loaded read
""")
TO_DO = listed("a para por to will be zu à")
TO_VERBS = listed("""
    carregar convert converter copiar copy do export handle import importar importer importieren inserir
    insert load migrar migrate migrer migrieren procesar process processar sync traiter transfer update
""")
AUXILIARY = listed("already been foram has have was were wurden")
BETWEEN = listed("of de von sur di van från af")  # "5 of 7"
PAST_WORDS = frozenset(PAST)
DOING_WORDS = frozenset(DOING)
NOUN_WORDS = frozenset(noun + ending for noun in NOUNS for ending in ("", "s", "es", "n"))
_VAGUE = frozenset(("total", "part", "remaining", "eta"))
WORKING_WORDS = frozenset((*PAST, *DOING, *_OTHER)) - _VAGUE
PROGRESS_WORDS = WORKING_WORDS | NOUN_WORDS | _VAGUE
_WORD = re.compile(r"[^\W\d_]{2,30}")
