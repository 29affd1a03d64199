"""The four tables, the engine, the migrations. Catalog and logsink alone import it."""
