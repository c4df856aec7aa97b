#!/usr/bin/env python3
"""What Python's drivers send finds the function that is meant.

psycopg 3 sends text and lists without a type, psycopg2 writes them into the
statement: lists of text as ARRAY[...], empty ones as '{}'. On the server that
the PG* variables name:

    script/server script/python test/callers/drivers.py
"""
import sys
from decimal import Decimal

import psycopg
import psycopg2

DATABASE = 'hccraf_drivers'
CODES = ['E11.9', 'I50.9']

# Statement, arguments, answer; an answer of text is the SQLSTATE of an error.
# The parameters are always of the lists or texts that Python has.
CASES = [
    ("raf_score(%s, beneficiary(70, 'F'))", [CODES], '1.033'),
    ("raf_score(%s, beneficiary(70, 'F'))", [['E11.9', None, 'I50.9', '']], '1.033'),
    ("raf_score(%s, beneficiary(70, 'F'))", [['e119 ']], '0.561'),
    ("raf_score(%s, beneficiary(70, 'F'))", [[]], '0.395'),
    ("raf_score(%s, beneficiary(70, 'F'))", [[None]], '0.395'),
    ("raf_score(%s, beneficiary(70, 'F'))", [None], None),
    ("raf_score(%s, beneficiary(70, 'F'))", ['{E11.9,I50.9}'], '1.033'),
    ("raf_score(%s, beneficiary(70, 'F'))", ['E11.9'], '22P02'),
    ("raf_score(%s, beneficiary(70, 'F'))", [['E11.9,I50.9']], '22P02'),
    ('raf_score(%s, beneficiary(%s, %s), %s, %s)', [CODES, 70, 'F', 'V24', 2025], '0.943'),
    ('raf_score(%s, beneficiary(%s, %s), %s, %s)', [CODES, None, 'F', 'V24', 2025], None),
    ('raf_score(%s, beneficiary(%s, %s), model => %s, payment_year => %s)',
     [CODES, 70, 'F', None, None], '1.033'),
    ("raf_payment(%s, beneficiary(70, 'F'), %s)", [CODES, 2026], '0.911'),
    ("raf_payment(%s, beneficiary(70, 'F'), %s, %s)", [[], 2026, 'MA'], '0.348'),
    ("raf_payment(%s, beneficiary(70, 'F'), %s)", [None, 2026], None),
    ("raf_marginal(%s, beneficiary(70, 'F'), %s)", [CODES, 'N18.4'], '0.690'),
    ("raf_marginal(%s, beneficiary(70, 'F'), %s)", [[], 'N18.4'], '0.514'),
    ("raf_marginal(%s, beneficiary(70, 'F'), %s)", [CODES, None], None),
    ("raf_marginal(%s, beneficiary(70, 'F'), %s)", [CODES, '{N18.4}'], '22P02'),
    ("raf_marginal_hccs(%s, beneficiary(70, 'F'), %s)", [CODES, ['327', None]], '0.690'),
    ("raf_marginal_hccs(%s, beneficiary(70, 'F'), %s)", [CODES, []], '0.000'),
    ("raf_marginal_hccs(%s, beneficiary(70, 'F'), %s)", [CODES, None], None),
    ("raf_scores_of_models(%s::icd10_set, beneficiary(70, 'F'), %s, %s)",
     [CODES, ['V28', 'V24'], 2025], [Decimal('1.033'), Decimal('0.943')]),
    ("(SELECT sum(coefficient) FROM raf_explain(%s, beneficiary(70, 'F')) WHERE reason IS NULL)",
     [CODES], '1.033'),
    ("(SELECT count(*) FROM raf_explain(%s, beneficiary(70, 'F')))", [None], '0'),
    ("(SELECT payment_score FROM raf_payment_explain(%s, beneficiary(70, 'F'), %s))",
     [CODES, 2026], '0.911'),
    ('icd10_set(%s::text[])::text', [CODES], '{E119,I509}'),
    ('icd10_canonical(%s)', ['e11.9'], 'E119'),
    ('icd_to_hcc(%s)', ['E11.9'], ['38']),
    ('icd_to_hcc(%s)', [None], None),
    ('icd_has_hcc(%s)', ['["E11.9"]'], '22P02'),
    ("raf_score_agg(%s, beneficiary(70, 'F'))", ['E11.9'], '0.561'),
    ("raf_score_agg(%s, beneficiary(70, 'F'))", ['{E11.9,I50.9}'], '22P02'),
    ("raf_score_agg(%s, beneficiary(70, 'F'))", [None], '0.395'),
    ('icd10_agg(%s)::text', ['E11.9'], '{E119}'),
    ("'{E11.9,I50.9}'::icd10_set @> %s", ['{I509}'], 'True'),
    ("'{37,38}'::text[] @> %s", [['37']], 'True'),
]
# psycopg2 gives a list of text a type, psycopg 3 does not: there it is read as
# the text of an icd10_set, where what is no code is an error.
UNREADABLE = ("raf_score(%s, beneficiary(70, 'F'))", [['E11.9', 'E11-9']])

passed = failed = 0


def plain(value):
    return value if value is None or isinstance(value, list) else str(value)


def check(driver, connection, call, arguments, expected):
    global passed, failed
    cursor = connection.cursor()
    try:
        cursor.execute('SELECT ' + call, arguments)
        answer = plain(cursor.fetchone()[0])
    except driver.Error as error:
        answer = getattr(error, 'sqlstate', None) or error.pgcode
    if answer == expected:
        passed += 1
    else:
        failed += 1
        print(f'not ok {driver.__name__}: {call} of {arguments}: {answer}, expected {expected}')


def check_many(driver, connection):
    """Rows that a driver sends, the table's column their type"""
    cursor = connection.cursor()
    cursor.execute('CREATE TABLE person (p int, codes icd10_set, who beneficiary)')
    cursor.executemany('INSERT INTO person VALUES (%s, %s, beneficiary(%s, %s))',
                       [(1, CODES, 70, 'F'), (2, [], 70, 'F'), (3, None, 70, 'F')])
    check(driver, connection, 'array_agg(raf_score(codes, who) ORDER BY p)::text FROM person',
          [], '{1.033,0.395,NULL}')
    cursor.execute('DROP TABLE person')


def run(driver):
    connection = driver.connect(dbname=DATABASE)
    connection.autocommit = True
    for call, arguments, expected in CASES:
        check(driver, connection, call, arguments, expected)
    check(driver, connection, *UNREADABLE, '22P02' if driver is psycopg else '0.561')
    check_many(driver, connection)
    connection.close()


def main():
    server = psycopg.connect(autocommit=True)
    server.execute(f'DROP DATABASE IF EXISTS {DATABASE}')
    server.execute(f'CREATE DATABASE {DATABASE}')
    try:
        with psycopg.connect(dbname=DATABASE) as connection:
            connection.execute('CREATE EXTENSION hccraf')
        run(psycopg)
        run(psycopg2)
    finally:
        server.execute(f'DROP DATABASE {DATABASE} WITH (FORCE)')
    print(f'{passed} passed, {failed} failed')
    return failed > 0


sys.exit(main())
