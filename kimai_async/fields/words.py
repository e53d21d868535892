"""The headings that people and other tools write, as data; `headings.py` says how they are used.

Letter case, spaces, dashes, underscores, dots and `/ ? # : '` do not count: `Start Date` is `start_date`.
"""

from __future__ import annotations

from kimai_async.tree.nodes import Level

LEVEL_WORDS: dict[Level, tuple[str, ...]] = {
    Level.CUSTOMER: (
        *("customer", "customer name"),  # Kimai, its Importer plugin
        *("client", "client name"),  # Clockify, Toggl Track; `Client Name`: Harvest's list of clients
        *("kunde", "kundenname"),  # Kimai in German
        *("nom client", "nom du client"),  # French; the bare word is the English one
        *("cliente", "nombre cliente", "nombre del cliente", "nome cliente", "nome del cliente", "nome do cliente"),
        *("klant", "klantnaam", "cliënt"),  # Dutch
        *("klient", "nazwa klienta"),  # Polish
    ),
    Level.PROJECT: (
        *("project", "project name"),  # all of them; Dutch
        *("projekt", "projektname"),  # Kimai in German; Polish has the first
        *("projet", "nom projet", "nom du projet"),
        *("proyecto", "nombre proyecto", "nombre del proyecto"),
        *("progetto", "nome progetto", "nome del progetto", "projeto", "nome do projeto"),
        "projectnaam",
        "nazwa projektu",
    ),
    Level.ACTIVITY: (
        *("activity", "activity name"),  # Kimai
        *("task", "task name"),  # Clockify, Toggl Track, Harvest
        *("tätigkeit", "tätigkeitsname", "aktivität", "aktivitätsname"),  # Kimai in German
        *("taetigkeit", "taetigkeitsname", "aktivitaet", "aktivitaetsname"),
        *("aufgabe", "aufgabenname"),
        *("activité", "activite", "nom activité", "nom de l'activité"),  # French, also as capitals are written
        *("tâche", "tache", "nom tâche", "nom de la tâche"),
        *("actividad", "nombre actividad", "nombre de la actividad", "tarea", "nombre tarea", "nombre de la tarea"),
        *("attività", "attivita", "nome attività", "nome dell'attività", "compito", "nome compito"),
        *("activiteit", "activiteitnaam", "taak", "taaknaam"),
        *("czynność", "nazwa czynności", "aktywność", "zadanie", "nazwa zadania"),
        *("atividade", "tarefa"),  # Portuguese
    ),
}
"""Headings of the column that holds the names of a level.

Not here: the plurals `Tasks` and `Activities`, which in Clockify's list of projects hold several names in one cell;
`Organization` and `Firma` (Grandtotal), which elsewhere stand beside the customer, as `Auftraggeber`, `Opdrachtgever`,
`Committente` and `Zleceniodawca` do; what means a project to some and a task, an order or a company to others: `Job`,
`Auftrag`, `Mandant`, `Dossier`, `Affaire`, `Commessa`, `Opdracht`, `Zlecenie`, `Kontrahent`, `Account`; and headings
such as `Projektbezeichnung`, beside which `Projekt` is a number.
"""

NAME_WORDS: tuple[str, ...] = ("name", "nom", "nome", "naam", "nazwa")
"""Headings of a column of names that do not say whose; not here `Nombre`, a name in Spanish and a count in French."""

PREFIX_WORDS: dict[Level, tuple[str, ...]] = {
    Level.CUSTOMER: ("customer", "client", "kunde", "kunden", "klant"),
    Level.PROJECT: ("project", "projekt"),
    Level.ACTIVITY: (
        *("activity", "task", "tätigkeit", "tätigkeits", "aktivität", "aktivitäts", "aufgabe", "aufgaben"),
        *("activiteit", "taak"),
    ),
}
"""What may stand before the word for a field: `Customer country`, `Kundennummer`, `project.start`, `Klantnummer`."""

# `Project Code`: Harvest; `Kundennummer`, `Projektnummer`, `Tätigkeitsnummer`: Kimai in German
_NUMBER = ("no", "nr", "code", "nummer", "numéro", "numero", "número", "numer", "n°", "nº")

NUMBER_WORDS: dict[Level, tuple[str, ...]] = {
    Level.CUSTOMER: (
        *("code client", "numéro client", "numéro de client", "numéro du client", "n° client"),
        *("código cliente", "código de cliente", "número cliente", "número de cliente", "nº cliente"),
        *("codice cliente", "numero cliente", "numer klienta", "nr klienta", "kod klienta"),
    ),
    Level.PROJECT: (
        *("code projet", "numéro projet", "numéro de projet", "numéro du projet", "n° projet"),
        *("código proyecto", "código de proyecto", "número proyecto", "número de proyecto", "nº proyecto"),
        *("codice progetto", "numero progetto", "numer projektu", "nr projektu", "kod projektu"),
    ),
    Level.ACTIVITY: (
        *("code activité", "numéro activité", "code tâche", "numéro tâche", "numéro de tâche", "n° tâche"),
        *("código actividad", "código de actividad", "código tarea", "código de tarea", "número de tarea"),
        *("codice attività", "numero attività", "numer zadania", "nr zadania", "kod zadania", "numer czynności"),
    ),
}
"""Headings of a level's numbers in languages that put the level last."""

_COMMON: dict[str, tuple[str, ...]] = {
    "number": _NUMBER,
    "comment": (
        *("comments", "description"),  # the plugin
        *("note", "notes"),  # Clockify's list of projects, Grandtotal; `Project Notes`: Harvest
        *("kommentar", "beschreibung", "notiz", "notizen", "bemerkung", "bemerkungen"),
    ),
    "invoiceText": ("billing information", "rechnungsinformationen", "rechnungstext"),  # the first two: Kimai
    "teams": ("team ids",),
    "color": ("colour", "farbe"),
    "budget": (),
    "timeBudget": (
        *("hourly quota", "stundenkontingent"),  # Kimai's lists
        *("zeitbudget", "stundenbudget"),
    ),
    "budgetType": ("budgettyp", "budgetart"),
    "visible": ("sichtbar",),
    "billable": (
        "billability",  # Clockify's list of projects
        *("abrechenbar", "fakturierbar"),
    ),
}

FIELD_WORDS: dict[Level, dict[str, tuple[str, ...]]] = {
    Level.CUSTOMER: {
        **_COMMON,
        "number": (*_NUMBER, "account"),  # the plugin, Kimai's lists
        "company": (
            *("company name", "unternehmensbezeichnung"),  # Kimai's lists
            *("organization", "organisation", "firma", "firmenname", "unternehmen"),
        ),
        "contact": ("contact person", "contact name", "kontakt", "kontaktperson", "ansprechpartner"),
        "vatId": (
            *("vat", "tax", "tax id"),  # the plugin, Grandtotal
            *("vat number", "vat no", "tax number", "umsatzsteuer id", "ust id", "ust idnr", "uid nummer"),
        ),
        "address": ("adresse", "anschrift"),
        "addressLine1": ("address 1", "street", "adresszeile 1", "straße"),
        "addressLine2": ("address 2", "adresszeile 2", "adresszusatz"),
        "addressLine3": ("address 3", "adresszeile 3"),
        "postCode": (
            "zip / postcode",  # Kimai's lists
            *("postal code", "zip", "zip code", "postleitzahl", "plz"),
        ),
        "city": ("town", "stadt", "ort"),
        "buyerReference": ("bestellreferenz", "leitweg id"),
        "country": ("country code", "land"),
        "language": ("locale", "sprache"),
        "currency": ("currency code", "währung"),
        "timezone": ("zeitzone",),
        "phone": ("phone number", "telephone", "office phone", "telefon", "telefonnummer"),  # Harvest: `Office Phone`
        "fax": ("fax number", "telefax", "faxnummer"),
        "mobile": ("mobile phone", "mobile number", "cell phone", "mobil", "mobiltelefon", "handy"),
        "email": ("email address", "mail", "emailadresse"),
        "invoiceEmail": ("billing email", "rechnungsemail"),  # Kimai's lists
        "homepage": ("website", "url", "webseite"),
        "invoiceTemplate": ("rechnungsvorlage",),
    },
    Level.PROJECT: {
        **_COMMON,
        "orderNumber": ("order no", "po number", "bestellnummer", "bestellnr", "auftragsnummer", "auftragsnr"),
        "orderDate": ("bestelldatum", "auftragsdatum"),
        "start": ("start date", "begin", "startdatum", "beginn"),  # `Start Date`: Harvest, the plugin
        "end": ("end date", "enddatum", "ende"),
        "globalActivities": ("allow global activities", "globale tätigkeiten erlauben", "globale tätigkeiten"),
    },
    Level.ACTIVITY: _COMMON,
}
"""Kimai's name for a field (always understood itself) and the words for it, alone or after a level's prefix."""

TIMESHEET_WORDS: tuple[str, ...] = (
    *("user", "username", "duration", "exported", "from", "to", "staff number"),  # Kimai, its plugin
    *("hourly rate", "fixed rate", "internal rate", "hourly price", "fixed price", "internal price"),
    *("benutzer", "dauer", "exportiert", "von", "bis", "personalnummer"),  # Kimai in German
    *("preis pro stunde", "festpreis", "interner preis"),
    *("start time", "end time", "stop time"),  # Clockify, Toggl Track
    *("duration (h)", "duration (decimal)", "time (h)", "time (decimal)"),  # Clockify
    *("hours", "hours rounded", "invoiced", "approved", "employee"),  # Harvest: `Invoiced?`, `Approved?`, `Employee?`
    *("stunden", "startzeit", "endzeit", "mitarbeiter"),
)
"""Headings that only a list of time entries has: there `Billable`, `Description` or `Currency` are the entry's.

Not here: `First Name` and `Last Name`, which Harvest's list of contacts has, too.
"""

UNSURE: dict[str, str] = {
    "budget by": "budget",  # Harvest's list of projects
}
"""A heading that makes the bare word for another field doubtful: this budget may be hours as well as money."""
