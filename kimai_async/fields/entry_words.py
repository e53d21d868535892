"""The headings that lists of time entries have, as data; `entry_vocabulary.py` says how they are used.

As in `words.py`, letter case, spaces, dashes, underscores, dots and `/ ? # : '` do not count. The columns of Kimai's
own exports are those of its translations (`messages.*.xlf`) of 2.13 to 2.65.
"""

from __future__ import annotations

ENTRY_KEYS: tuple[str, ...] = (
    *("date", "begin", "endDate", "end", "duration"),
    *("user", "email", "firstName", "lastName", "name"),
    *("description", "tags", "billable", "exported", "hourlyRate", "fixedRate", "break"),
)
"""What a column may say of a time entry; beside these its custom fields, `meta.NAME`.

`date` is the day of the begin where `begin` has a time only; `name` is how a person is shown.
"""

TIME_KEYS: tuple[str, ...] = ("date", "begin", "endDate", "end", "duration")
"""The keys that say when an entry was; a row that gives none of them is no time entry."""

ENGLISH: dict[str, tuple[str, ...]] = {
    "date": (
        *("start date", "date"),  # Clockify, Toggl Track; Kimai, its plugin, Harvest
        "work date",  # Jira Tempo
        *("begin date", "day"),
    ),
    "begin": (
        *("start time", "from"),  # Clockify, Toggl Track; Kimai, its plugin
        "start",  # solidtime
        *("begin time", "begin", "started", "started at", "time from"),
    ),
    "endDate": ("end date", "stop date"),  # Clockify, Toggl Track; Toggl Track's newer form
    "end": ("end time", "stop time", "to", "end", "stop", "ended", "ended at", "time to"),
    "duration": (
        *("duration (h)", "duration", "hours"),  # Clockify; Kimai, Toggl Track; Harvest, Jira Tempo
        *("time (h)", "duration (hours)", "duration (decimal)", "time (decimal)"),
    ),
    "user": ("user", "username", "login", "login name"),
    "email": ("email", "user email", "email address", "mail"),  # solidtime: `user_email`
    "firstName": ("first name", "given name"),
    "lastName": ("last name", "surname", "family name"),
    "name": ("member", "name", "full name", "display name", "team member", "person"),  # Toggl Track; Kimai; Jira Tempo
    "description": (
        *("description", "notes"),  # nearly all; Harvest
        "work description",  # Jira Tempo
        *("note", "comment", "comments"),
    ),
    "tags": ("tags", "tag", "labels"),
    "billable": ("billable",),
    "exported": ("exported", "invoiced"),  # Clockify, Harvest
    "hourlyRate": ("hourly price", "hourly rate", "rate hourly", "billable rate"),
    "fixedRate": ("fixed price", "fixed rate", "rate fixed"),
    "break": ("break", "pause"),
}
"""The words of every key, those that count before others first: a file may have `Duration (h)` and `(decimal)`.

Not here: `Price`, `Amount`, `Rate`, which are what an entry costs as a whole and is worked out anew; `Hours Rounded`,
`Billed Hours`; and `Employee`, which in Harvest's reports is a yes or no.
"""

LANGUAGES: dict[str, dict[str, tuple[str, ...]]] = {
    "de": {
        "date": ("startdatum", "datum", "tag"),
        "begin": ("startzeit", "von", "beginn", "start", "anfang"),
        "endDate": ("enddatum",),
        "end": ("endzeit", "bis", "ende"),
        "duration": ("dauer", "stunden", "dauer (h)", "dauer (stunden)"),
        "user": ("benutzer", "benutzername", "anmeldename"),
        "email": ("e-mail", "e-mail-adresse"),
        "firstName": ("vorname",),
        "lastName": ("nachname", "familienname"),
        "name": ("name", "mitarbeiter", "anzeigename"),
        "description": ("beschreibung", "notiz", "notizen", "bemerkung", "kommentar"),
        "tags": ("schlagworte", "schlagwörter", "tags"),
        "billable": ("abrechenbar", "fakturierbar"),
        "exported": ("exportiert", "abgerechnet"),
        "hourlyRate": ("preis pro stunde", "stundensatz"),
        "fixedRate": ("festpreis",),
        "break": ("pause",),
    },
    "fr": {
        "date": ("date", "date de début"),
        "begin": ("de", "début", "heure de début"),
        "endDate": ("date de fin",),
        "end": ("à", "fin", "heure de fin"),
        "duration": ("durée", "heures"),
        "user": ("nom d'utilisateur", "utilisateur"),
        "email": ("courriel", "e-mail"),
        "firstName": ("prénom",),
        "lastName": ("nom de famille",),
        "name": ("nom",),
        "description": ("description",),
        "tags": ("mots-clés", "étiquettes"),
        "billable": ("facturable",),
        "exported": ("exporté",),
        "hourlyRate": ("taux horaire",),
        "fixedRate": ("taux fixe",),
        "break": ("pause",),
    },
    "es": {
        "date": ("fecha", "fecha de inicio"),
        "begin": ("de", "inicio", "hora de inicio"),
        "endDate": ("fecha de fin",),
        "end": ("para", "fin", "hora de fin"),
        "duration": ("duración", "horas"),
        "user": ("usuario", "nombre de usuario"),
        "email": ("correo electrónico", "e-mail"),
        "lastName": ("apellido", "apellidos"),
        "name": ("nombre",),
        "description": ("descripción",),
        "tags": ("etiquetas",),
        "billable": ("facturable",),
        "exported": ("exportado",),
        "hourlyRate": ("tarifa por hora",),
        "fixedRate": ("tarifa fija",),
        "break": ("pausa",),
    },
    "it": {
        "date": ("data", "data di inizio"),
        "begin": ("da", "inizio", "ora di inizio"),
        "endDate": ("data di fine",),
        "end": ("a", "fine", "ora di fine"),
        "duration": ("durata", "ore"),
        "user": ("utente", "nome utente"),
        "email": ("e-mail",),
        "lastName": ("cognome",),
        "name": ("nome",),
        "description": ("descrizione",),
        "tags": ("etichette",),
        "billable": ("fatturabile",),
        "exported": ("esportate", "esportato"),
        "hourlyRate": ("tariffa oraria",),
        "fixedRate": ("prezzo fisso", "tariffa fissa"),
        "break": ("pausa",),
    },
    "nl": {
        "date": ("datum", "startdatum"),
        "begin": ("van", "begin", "starttijd", "begintijd"),
        "endDate": ("einddatum",),
        "end": ("tot", "einde", "eindtijd"),
        "duration": ("duur", "uren"),
        "user": ("gebruikersnaam", "gebruiker"),
        "email": ("e-mail",),
        "firstName": ("voornaam",),
        "lastName": ("achternaam",),
        "name": ("naam",),
        "description": ("beschrijving", "omschrijving"),
        "tags": ("labels", "tags"),
        "billable": ("factureerbaar",),
        "exported": ("geëxporteerd",),
        "hourlyRate": ("uurtarief",),
        "fixedRate": ("vast bedrag",),
        "break": ("rustpauze", "pauze"),
    },
}
"""The words of other languages; one is chosen for all headings of a file, since `De` or `Datum` alone says nothing."""

SECONDS_WORDS: tuple[str, ...] = ("duration", "dauer", "durée", "duración", "durata", "duur")
"""Headings of durations in which a bare whole number is seconds: Kimai up to 2.26, its plugin."""

HOURS_WORDS: tuple[str, ...] = (
    *("hours", "duration (h)", "duration (hours)", "duration (decimal)", "time (h)", "time (decimal)"),
    *("stunden", "dauer (h)", "dauer (stunden)", "heures", "horas", "ore", "uren"),
)
"""Headings of durations in which a bare whole number is hours."""

WHOLE_HOUR_WORDS: tuple[str, ...] = ("from", "to")
"""Headings of times in which `9` is the full hour (ImportBundle's `TimesheetImporter.php`)."""

TEMPO_WORDS: dict[str, str] = {"account customer": "customer", "issue summary": "activity"}
"""What stands for a level in Jira Tempo's export where no other heading does."""

TEMPO_SIGN = "issue key"
"""The heading that tells Jira Tempo's export."""
