"""A second evaluator of HHS-HCC, by the published rules and nothing of the extension.

It exists to disagree with the engine where one of the two is wrong, so it shares no
code with it, reads its tables from files, and goes the slow and plain way: sets of
names, one rule after the other, exact decimals.

Tables(DIRECTORY) reads the tables: NAME.csv of the directory where there is one, else
those of rules.json, which has all that are small; see README.md. evaluate(tables,
enrollee) gives the result.
"""
import csv
import datetime
import json
import os
from collections import defaultdict
from decimal import Decimal

FILES = ('crosswalk', 'hierarchy', 'hcc', 'group', 'severity_trigger', 'count_variable',
         'infant_severity', 'infant_maturity', 'rxc_hierarchy', 'rxc_interaction', 'rxc_ndc',
         'rxc_hcpcs', 'acf_code', 'factor', 'csr_factor', 'enrollment_duration', 'variable')


def number(text):
    return int(text) if text else None


def day(text):
    return datetime.date.fromisoformat(text) if text else None


def within(value, least, most):
    return (least is None or value >= least) and (most is None or value <= most)


def in_year(row, year):
    return within(year, number(row.get('by_first')), number(row.get('by_last')))


def completed_years(born, when):
    """Birthdays reached, by the calendar."""
    return when.year - born.year - ((when.month, when.day) < (born.month, born.day))


def plain(code):
    return code.strip().upper().replace('.', '')


class Tables:
    """The tables of one directory, indexed by what they are asked for."""

    def __init__(self, directory):
        with open(os.path.join(os.path.dirname(__file__), 'rules.json')) as file:
            raw = {name: [dict(zip(table['columns'], row)) for row in table['rows']]
                   for name, table in json.load(file).items()}
        for name in FILES:
            path = os.path.join(directory, name + '.csv')
            if name not in raw or os.path.exists(path):
                with open(path, newline='') as file:
                    raw[name] = list(csv.DictReader(file))
            if not raw[name]:
                raise ValueError(f'{name} has no rows')
        self.raw = raw

        self.crosswalk = defaultdict(list)
        for r in raw['crosswalk']:
            self.crosswalk[r['icd10_code']].append((
                r['hcc'], day(r['valid_from']), day(r['valid_to']), number(r['mce_age_min']),
                number(r['mce_age_max']), number(r['cc_age_min']), number(r['cc_age_max']),
                r['sex']))
        self.drops = defaultdict(set)
        for r in raw['hierarchy']:
            self.drops[r['hcc']].add(r['drops_hcc'])
        self.unpaid = {model: {r['hcc'] for r in raw['hcc'] if r[model.lower()] == 'N'}
                       for model in ('Adult', 'Child', 'Infant')}
        self.uncounted = {r['hcc'] for r in raw['hcc'] if r['counts_in_hcc_cnt'] == 'N'}
        self.coefficient = {(number(r['benefit_year']), r['model'], r['metal'], r['variable']):
                            Decimal(r['coefficient']) for r in raw['factor']}
        self.csr = {(number(r['benefit_year']), r['hios_variant'], r['metal']):
                    Decimal(r['factor']) for r in raw['csr_factor']}
        self.years = sorted({number(r['benefit_year']) for r in raw['factor']})
        self.age_sex = [r for r in raw['variable']
                        if r['kind'] == 'age_sex' and r['model'] != 'Infant']
        self.rxc = {'NDC': defaultdict(list), 'HCPCS': defaultdict(list)}
        for kind, file, column in (('NDC', 'rxc_ndc', 'ndc'), ('HCPCS', 'rxc_hcpcs', 'hcpcs')):
            for r in raw[file]:
                self.rxc[kind][r[column]].append(r)
        self.acf = {(r['code_type'], r['code']) for r in raw['acf_code']}


def enrolled_days(spans, year):
    """The days of the year that are in any of the spans."""
    first, last = datetime.date(year, 1, 1), datetime.date(year, 12, 31)
    days = set()
    for start, end in spans:
        for n in range(max(start, first).toordinal(), min(end, last).toordinal() + 1):
            days.add(n)
    return days


def categories(t, e, age):
    """The HCCs before the hierarchy: every row of every accepted diagnosis."""
    found = set()
    for code, when in e['diagnoses']:
        if when.year != e['benefit_year'] or when < e['birth_date']:
            continue
        at_diagnosis = completed_years(e['birth_date'], when)
        if at_diagnosis > age or age - at_diagnosis > 1:
            continue
        for hcc, start, end, mce_min, mce_max, age_min, age_max, sex in \
                t.crosswalk.get(plain(code), ()):
            if start <= when <= end and within(at_diagnosis, mce_min, mce_max) \
                    and within(age, age_min, age_max) and sex in ('', e['sex']):
                found.add(hcc)
    return found


def drug_codes(e, kind):
    """The codes of a kind that are of the benefit year."""
    return {plain(code) for code, when in e[kind.lower()] if when.year == e['benefit_year']}


def drug_categories(t, e):
    found = set()
    for kind in ('NDC', 'HCPCS'):
        for code in drug_codes(e, kind):
            for r in t.rxc[kind].get(code, ()):
                if in_year(r, e['benefit_year']):
                    found.add(r['rxc'])
    return found - {r['drops_rxc'] for r in t.raw['rxc_hierarchy'] if r['rxc'] in found}


def cost_factors(t, e, model, age, present):
    found = set()
    given = {(kind, code) for kind in ('NDC', 'HCPCS') for code in drug_codes(e, kind)}
    if not given & t.acf:
        return found
    for r in t.raw['acf_code']:
        if (r['code_type'], r['code']) in given and r['model'] == model \
                and in_year(r, e['benefit_year']) and r['suppressed_by'] not in present \
                and within(age, number(r['age_min']), number(r['age_max'])):
            found.add(r['variable'])
    return found


def infant(t, e, age, hccs):
    """The one severity cell and the addition for boys."""
    year = e['benefit_year']
    severity = max([1] + [number(r['severity']) for r in t.raw['infant_severity']
                          if r['hcc'] in hccs and in_year(r, year)])
    maturity = 'AGE1'
    if age == 0:
        born = [(number(r['maturity_rank']), r['maturity']) for r in t.raw['infant_maturity']
                if r['hcc'] in hccs]
        if born:
            maturity = min(born)[1]
    variables = {f'{maturity}_X_SEVERITY{severity}'}
    if e['sex'] == 'M':
        variables.add('AGE1_MALE' if maturity == 'AGE1' else 'AGE0_MALE')
    return variables


def score_of_metal(t, e, result, metal):
    """The score that the variables of a result would have in another metal."""
    return sum((t.coefficient[e['benefit_year'], result['model'], metal, v]
                for v in result['terms']), Decimal(0))


def evaluate(t, e):
    """A dictionary of results of an enrollee: a dictionary with benefit_year, sex,
    birth_date, spans (pairs of dates), metal, hios_variant, diagnoses, ndc and hcpcs
    (pairs of code and date)."""
    year = e['benefit_year']
    if year not in t.years:
        raise ValueError(f'no benefit year {year}')
    days = enrolled_days(e['spans'], year)
    last = datetime.date.fromordinal(max(days))
    age = completed_years(e['birth_date'], last)
    model = 'Infant' if age <= 1 else 'Child' if age <= 20 else 'Adult'
    metal = e['metal']

    mapped = categories(t, e, age)
    hccs = {h for h in mapped if not any(h in t.drops[other] for other in mapped)}
    hccs -= t.unpaid[model]

    groups, count = set(), None
    if model == 'Infant':
        variables = infant(t, e, age, hccs)
    else:
        grouped = set()
        for r in t.raw['group']:
            if r['model'] == model and r['hcc'] in hccs and in_year(r, year):
                groups.add(r['group'])
                grouped.add(r['hcc'])
        variables = (hccs - grouped) | groups
        count = len(variables - t.uncounted)

        for r in t.age_sex:
            sex, band = r['variable'].split('AGE_LAST_')
            least, most = band.split('_')
            if r['model'] == model and sex == e['sex'] and \
                    within(age, int(least), None if most == 'GT' else int(most)):
                variables.add(r['variable'])

        set_indicators = {r['indicator'] for r in t.raw['severity_trigger']
                          if r['model'] == model and in_year(r, year)
                          and r['trigger_variable'] in variables}
        variables |= {r['variable'] for r in t.raw['count_variable']
                      if r['model'] == model and r['indicator'] in set_indicators
                      and within(count, number(r['min_hcc_cnt']), number(r['max_hcc_cnt']))}

        if model == 'Adult':
            drugs = drug_categories(t, e)
            variables |= drugs
            clauses = defaultdict(lambda: defaultdict(set))
            for r in t.raw['rxc_interaction']:
                if r['rxc'] in drugs:
                    clauses[r['variable']][r['clause']].add(r['hcc'])
            variables |= {v for v, of in clauses.items() if all(c & hccs for c in of.values())}
            if count > 0:
                variables |= {r['adult_variable'] for r in t.raw['enrollment_duration']
                              if r['adult_variable'] and
                              within(len(days), number(r['days_min']), number(r['days_max']))}
        variables |= cost_factors(t, e, model, age, variables | hccs)

    terms = {v: t.coefficient[year, model, metal, v] for v in variables}
    score = sum(terms.values(), Decimal(0))
    factor = t.csr.get((year, e['hios_variant'], metal),
                       t.csr.get((year, e['hios_variant'], ''), Decimal('1.00')))
    return {'model': model, 'age_last': age, 'enrollment_days': len(days), 'last_day': last,
            'hccs': sorted(hccs), 'groups': sorted(groups), 'hcc_count': count, 'terms': terms,
            'score': score, 'csr_factor': factor, 'adjusted_score': score * factor}
