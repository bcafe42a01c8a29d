# SPDX-License-Identifier: Apache-2.0 OR MIT
"""Makes an SQLite database by the SQL statements of a file: database.py DATABASE STATEMENTS."""

import sqlite3
import sys

path, statements = sys.argv[1:]
with sqlite3.connect(path) as connection, open(statements, encoding="utf-8") as file:
    connection.executescript(file.read())
