"""The only place that knows SQL: tables, migrations, the one writer, the audit chain."""
