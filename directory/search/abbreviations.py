"""Tables of abbreviations in the names of public bodies, and of British and American spellings.

All are folded: `Gov't` is `govt`, `U.S.` is `us`. Registers use them; many stand in the Style Manual of the U.S.
Government Publishing Office (chapter 9) and in Publication 28 of the U.S. Postal Service.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

Words = tuple[str, ...]

# The full forms, then the abbreviations of each.
_SHORT: Final = """
administration, administrative, administrator = admin
agency = agcy
agriculture, agricultural = agric
air force base = afb
assembly = assy
assistant, assistance = asst
association = assn, assoc
attorney = atty
authority, authorities = auth
avenue = ave
board = bd
boulevard = blvd
building = bldg
bureau = bur
captain = capt
center, centre = ctr, cntr
college = coll
commission = comm, commn, cmsn
commissioner = commr
committee = comm, cmte, cttee, cmtee
communications, communication = comms, comm
community = comm, cmty
company = co
cooperative = coop
corporation = corp
council = cncl, cncl
county = co, cnty, cty
defense, defence = def
department = dept, dpt, dep
deputy = dep
development = dev, devt
director, directorate = dir
district = dist, distr
district of columbia = dc
division = div
education, educational = educ, edu
elementary = elem
embassy = emb
emergency = emerg
engineering, engineer, engineers = eng, engr
environment, environmental = env
european union = eu
executive = exec
federal = fed
federation = fed
fire department = fd
fort = ft
foundation = fdn, fndn
general = gen
government, governmental = govt, gov, govmt
governor = gov
headquarters = hq
heights = hts
high school = hs
highway = hwy
hospital = hosp
information = info
institute, institution = inst
international = intl, internat
island, islands = isl
junction = jct
laboratory, laboratories = lab, labs
library = lib
licence, license = lic
lieutenant = lt
limited = ltd
maintenance = maint
management = mgmt, mgt, mngt
manager = mgr
medical = med
memorial = mem
metropolitan = metro, met
military = mil
ministry, minister = min, minist
mount, mountain = mt
mountains = mts
municipal, municipality = muni, mun, munic
museum = mus
national = natl, nat
new york city = nyc
office, official = ofc, off
operations = ops
organization, organisation = org, orgn
parliament = parl
planning = plng
point, port = pt
police department = pd
president = pres
professor = prof
program, programme = prog
province, provincial = prov
public = pub
railroad, railway = rr, rwy, rly
recreation = rec
regional, region = reg
registration, registry = reg
representative, representatives, republic = rep
research = res, rsch
reservation, reservoir = res
river = riv
road = rd
saint, street = st
sainte = ste
saints, streets = sts
santa = sta
school = sch
schools = schs
science, sciences = sci
secretary = sec, secy
securities = sec
security = sec
senate, senator = sen
sergeant = sgt
service = svc, serv
services = svcs, svc, servs
sheriffs office = so
society = soc
station = stn, sta
superintendent = supt
technical, technology = tech
technologies, technology = tech
telecommunications = telecom
territory = terr
township = twp, twnshp
transport, transportation = trans, transp
treasury, treasurer = treas
united kingdom = uk, u k
united nations = un
united states, united states of america = us, usa, u s, u s a
university = univ, uni
veterans affairs = va
vice president = vp
village = vlg
departamento = depto, dpto, dep
direccion = dir
gobierno = gob
ministere, ministerio, ministerium, ministero = min
municipalidad, municipio = mun, munic
prefeitura, prefecture, prefettura = pref
provincia = prov
secretaria = sec, sria
universidad, universidade, universite, universita, universitat = univ, uni
"""
_SPELLINGS: Final = """
archaeology = archeology
behavior = behaviour
cancelled = canceled
catalog = catalogue
center = centre
centers = centres
color = colour
councillor = councilor
counselling = counseling
counsellor = counselor
defense = defence
enrollment = enrolment
favor = favour
fiber = fibre
fulfillment = fulfilment
gray = grey
gynecology = gynaecology
harbor = harbour
harbors = harbours
honor = honour
honors = honours
jewelry = jewellery
labor = labour
licence = license
licenses = licences
licensing = licencing
liter = litre
maneuver = manoeuvre
meter = metre
neighbor = neighbour
neighborhood = neighbourhood
neighborhoods = neighbourhoods
neighbors = neighbours
offense = offence
offenses = offences
orthopedic = orthopaedic
orthopedics = orthopaedics
parlor = parlour
pediatric = paediatric
pediatrics = paediatrics
practice = practise
pretense = pretence
program = programme
programs = programmes
sulfur = sulphur
theater = theatre
theaters = theatres
traveler = traveller
travelers = travellers
united states = united states of america
"""


@lru_cache(maxsize=1)
def alternatives() -> dict[Words, tuple[Words, ...]]:
    """Return the other ways to write each run of words that has some.

    An abbreviation of several words stands for each of them, but they do not stand for each other (`st`: Saint and
    Street).
    """
    runs: dict[Words, dict[Words, None]] = {}
    for full, short in _lines(_SHORT):
        for one in full:
            runs.setdefault(one, {}).update(dict.fromkeys(short))
        for one in short:
            runs.setdefault(one, {}).update(dict.fromkeys([*full, *(other for other in short if other != one)]))
    for (one,), (other,) in _lines(_SPELLINGS):
        runs.setdefault(one, {})[other] = None
        runs.setdefault(other, {})[one] = None
    return {run: tuple(others) for run, others in runs.items()}


@lru_cache(maxsize=1)
def longest_runs() -> dict[str, int]:
    """Return for each word the length in words of the longest run that begins with it."""
    lengths: dict[str, int] = {}
    for run in alternatives():
        lengths[run[0]] = max(lengths.get(run[0], 1), len(run))
    return lengths


def _lines(table: str) -> Iterator[tuple[list[Words], list[Words]]]:
    for line in table.strip().splitlines():
        one, other = ([tuple(each.split()) for each in side.split(", ")] for side in line.split(" = "))
        yield one, other
