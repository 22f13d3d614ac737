"""What is remembered: tables, repositories, transactions, migrations. The only folder that knows SQL."""
