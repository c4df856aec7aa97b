#!/usr/bin/env python3
"""Draws enrollees of the marketplace and evaluates them, without the extension.

    test/marketplace/draw.py TABLES COUNT [SEED] > enrollees.csv

TABLES is a directory of tables as evaluate.py reads them. What no ordinary population
has is drawn often: birthdays between a diagnosis and the last day, births on 29
February, codes outside their dates, drug codes of another year, several and overlapping
spans, CSR variants that do not fit the metal, newborns, deliveries, PrEP.
"""
import csv
import datetime
import random
import sys

from evaluate import Tables, evaluate, score_of_metal

METALS = ('Platinum', 'Gold', 'Silver', 'Bronze', 'Catastrophic')
# Of the last, 33 is in no year's list and 77 is nobody's.
VARIANTS = ('00', '01', '01', '01', '02', '03', '04', '05', '06', '06', '30', '31', '36', '42',
            '43', '33', '77')
UNMAPPED = ('Z0000', 'Z23', 'M545', 'R05', 'XYZ', 'J00', 'E119999')
# Around these ages a rule begins or ends.
EDGES = (0, 0, 1, 2, 4, 5, 6, 9, 10, 12, 14, 15, 17, 18, 19, 20, 21, 24, 25, 34, 35, 44, 45, 49,
         50, 54, 55, 59, 60, 64, 65)
COLUMNS = ('enrollee', 'benefit_year', 'sex', 'birth_date', 'spans', 'metal', 'hios_variant',
           'icd10_codes', 'service_dates', 'ndc', 'fill_dates', 'hcpcs', 'line_dates', 'model', 'age_last', 'enrollment_days',
           'last_day', 'hccs', 'groups', 'hcc_count', 'terms', 'score', 'csr_factor',
           'adjusted_score', 'metal_scores')


class Drawer:
    def __init__(self, tables, seed):
        self.t = tables
        self.random = random.Random(seed)
        rows = tables.raw['crosswalk']
        of_hcc = {}
        for r in rows:
            of_hcc.setdefault(r['hcc'], []).append(r['icd10_code'])
        self.of_hcc = sorted(of_hcc.items())
        self.limited = [r['icd10_code'] for r in rows
                        if any(r[c] for c in ('mce_age_max', 'cc_age_min', 'cc_age_max', 'sex'))
                        or r['valid_from'] > '2024-01-01' or r['valid_to'] < '2026-12-31']
        self.split = [r['icd10_code'] for r in rows if r['cc_age_min'] or r['cc_age_max']]
        self.newborn = [r['icd10_code'] for r in rows
                        if r['hcc'] in {m['hcc'] for m in tables.raw['infant_maturity']}]
        grave = {r['trigger_variable'] for r in tables.raw['severity_trigger']}
        grave |= {r['hcc'] for r in tables.raw['group'] if r['group'] in grave}
        self.grave = [codes for hcc, codes in self.of_hcc if hcc in grave]
        self.drugs = {'ndc': {}, 'hcpcs': {}}
        for kind in self.drugs:
            for r in tables.raw['rxc_' + kind]:
                self.drugs[kind].setdefault(r['rxc'], []).append(r[kind])
            # codes that are not listed in every year, which a large list would hide
            years = [str(y) for y in tables.years]
            self.drugs[kind]['some years'] = [
                r[kind] for r in tables.raw['rxc_' + kind]
                if r['by_first'] > years[0] or r['by_last'] < years[-1]]
            self.drugs[kind]['acf'] = [r['code'] for r in tables.raw['acf_code']
                                       if r['code_type'] == kind.upper()]

    def day_of(self, year):
        edges = ((1, 1), (1, 31), (2, 28), (3, 1), (6, 30), (9, 30), (10, 1), (12, 31))
        if self.random.random() < 0.25:
            return datetime.date(year, *self.random.choice(edges))
        return datetime.date(year, 1, 1) + datetime.timedelta(self.random.randrange(365))

    def spans(self, year):
        r = self.random
        if r.random() < 0.4:
            return [(datetime.date(year, 1, 1), datetime.date(year, 12, 31))]
        spans = []
        for _ in range(r.choice((1, 1, 1, 2, 2, 3))):
            first = self.day_of(year)
            length = r.choice((0, 30, 31, 61, 62, 91, 122, 123, 153, 183, 184, 364,
                               r.randrange(365)))
            spans.append((first, first + datetime.timedelta(length)))
        if r.random() < 0.1:
            spans.append((datetime.date(year - 1, 11, 1), datetime.date(year, 1, r.randint(1, 31))))
        return spans

    def birth_date(self, year, last, dates):
        r = self.random
        age = r.choice(EDGES) if r.random() < 0.5 else r.choice(
            (r.randint(0, 1), r.randint(2, 20), r.randint(21, 64), r.randint(21, 90)))
        if age == 0 and r.random() < 0.7:
            # born within the year, on or before the last day
            since = (last - datetime.date(year, 1, 1)).days
            return last - datetime.timedelta(r.randint(0, since))
        if dates and r.random() < 0.4:
            # the birthday near a diagnosis or the last day
            near = r.choice(dates + [last]) + datetime.timedelta(r.choice((-1, 0, 1, 7)))
        else:
            near = datetime.date(year, 1, 1) + datetime.timedelta(r.randrange(365))
        month, day = (2, 29) if r.random() < 0.03 else (near.month, near.day)
        born = year - age
        if (month, day) == (2, 29):
            born -= born % 4    # a leap year; the age changes a little
        birth = datetime.date(born, month, day)
        return birth if birth <= last else birth.replace(year=birth.year - 4)

    def diagnoses(self, dates):
        r = self.random
        found = []
        kind = r.random()
        for when in dates:
            pick = r.random()
            if kind < 0.15:
                code = r.choice(self.newborn if pick < 0.5 else self.split)
            elif kind < 0.35 and pick < 0.6:
                code = r.choice(r.choice(self.grave))
            elif pick < 0.25:
                code = r.choice(self.limited)
            elif pick < 0.32:
                code = r.choice(UNMAPPED)
            elif pick < 0.36:
                code = r.choice(self.newborn)
            else:
                code = r.choice(r.choice(self.of_hcc)[1])
            if r.random() < 0.2 and len(code) > 3:
                code = code[:3] + '.' + code[3:]
            if r.random() < 0.1:
                code = ' ' + code.lower()
            found.append((code, when))
        return found

    def drug_codes(self, kind, year):
        r = self.random
        if r.random() < 0.6:
            return []
        codes = [r.choice(self.drugs[kind][r.choice(list(self.drugs[kind]))])
                 for _ in range(r.choice((1, 1, 2, 3)))]
        if r.random() < 0.1:
            codes.append('00000000000' if kind == 'ndc' else 'A0428')
        # a few in another year
        return [(code, self.day_of(year + (r.random() < 0.05))) for code in codes]

    def interaction(self, enrollee):
        """Adds a drug and the diagnoses that it goes with."""
        r = self.random
        variable = r.choice([i['variable'] for i in self.t.raw['rxc_interaction']])
        rows = [i for i in self.t.raw['rxc_interaction'] if i['variable'] == variable]
        kind = r.choice(('ndc', 'hcpcs'))
        drug = r.choice(self.drugs[kind].get(rows[0]['rxc']) or ['00000000000'])
        enrollee[kind].append((drug, self.day_of(enrollee['benefit_year'])))
        for clause in sorted({i['clause'] for i in rows}):
            hcc = r.choice([i['hcc'] for i in rows if i['clause'] == clause])
            code = r.choice(dict(self.of_hcc)[hcc])
            enrollee['diagnoses'].append((code, self.day_of(enrollee['benefit_year'])))

    def enrollee(self):
        r = self.random
        year = r.choice(self.t.years)
        spans = self.spans(year)
        last = min(max(end for _, end in spans), datetime.date(year, 12, 31))
        dates = [self.day_of(year) for _ in range(r.choice((0, 1, 1, 2, 3, 4, 6, 8, 12, 16)))]
        birth = self.birth_date(year, last, dates)
        if birth.year == year:
            dates = [max(d, birth) if r.random() < 0.8 else d for d in dates]
        # some in another year, or before birth
        dates = [d.replace(year=year + r.choice((-1, 1)), day=min(d.day, 28))
                 if r.random() < 0.04 else d for d in dates]
        enrollee = {'benefit_year': year, 'sex': r.choice('FM'), 'birth_date': birth,
                    'spans': spans, 'metal': r.choice(METALS), 'hios_variant': r.choice(VARIANTS),
                    'diagnoses': self.diagnoses(dates), 'ndc': self.drug_codes('ndc', year),
                    'hcpcs': self.drug_codes('hcpcs', year)}
        if r.random() < 0.05:
            self.interaction(enrollee)
        return enrollee


def array(values):
    return '{' + ','.join('"' + str(v) + '"' for v in values) + '}'


def main():
    tables = Tables(sys.argv[1])
    drawer = Drawer(tables, int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    out = csv.writer(sys.stdout)
    out.writerow(COLUMNS)
    for n in range(1, int(sys.argv[2]) + 1):
        e = drawer.enrollee()
        result = evaluate(tables, e)
        result['metal_scores'] = array(score_of_metal(tables, e, result, m) for m in METALS)
        result['terms'] = ' '.join(f'{v}={c}' for v, c in sorted(result['terms'].items()))
        result['hccs'], result['groups'] = array(result['hccs']), array(result['groups'])
        row = dict(e, **result, enrollee=n, spans='{' + ','.join(f'[{a},{b}]' for a, b in e['spans']) + '}')
        for what, codes, dates in (('diagnoses', 'icd10_codes', 'service_dates'),
                                   ('ndc', 'ndc', 'fill_dates'),
                                   ('hcpcs', 'hcpcs', 'line_dates')):
            row[codes], row[dates] = array(c for c, _ in e[what]), array(d for _, d in e[what])
        out.writerow([row[c] for c in COLUMNS])


main()
