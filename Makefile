# hccraf builds as any PGXS extension does, against the server of PG_CONFIG:
#     make && make install && make installcheck
# These need nothing beforehand, not even PostgreSQL; they install what is
# missing and use a throwaway server:
#     make demo    make test    make bench    make memcheck
# Run `make clean` before building for another PostgreSQL version.

EXTENSION = hccraf
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" hccraf.control)

MODULE_big = hccraf
OBJS := $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/core/*.c)))

# Upgrade scripts are written by hand, the install script is put together.
DATA := $(wildcard sql/hccraf--*--*.sql)
# A program for the shell; installed beside psql.
SCRIPTS = script/hccraf-import

DATA_built = hccraf--$(EXTVERSION).sql

# OPTFLAGS is yours: OPTFLAGS=-march=native gives a binary for this machine
# only, which is why nothing of the kind is a default. PostgreSQL's own flags
# warn of declarations in mid-block; its headers need the other three.
PG_CPPFLAGS = -Isrc -DHCCRAF_VERSION=\"$(EXTVERSION)\"
PG_CFLAGS = -Wall -Wextra -Wno-declaration-after-statement \
	-Wno-unused-parameter -Wno-missing-field-initializers -Wno-sign-compare $(OPTFLAGS)

# installcheck: pg_regress wants sql/ and expected/ in one directory, and ours
# are test/sql/ and expected/, so they meet under build/.
REGRESS := $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
REGRESS_OPTS = --inputdir=build/regress --outputdir=build/regress --load-extension=hccraf
REGRESS_PREP = regress-directories
ISOLATION := $(patsubst test/isolation/specs/%.spec,%,$(sort $(wildcard test/isolation/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test/isolation --outputdir=build/isolation --load-extension=hccraf
PROVE_TESTS = test/t/*.pl

EXTRA_CLEAN = build tmp_check

PG_CONFIG ?= pg_config
export PG_CONFIG

# The first rule of the file is what a bare `make` builds; PGXS completes it.
all:

# Without PGXS there is nothing to include yet: demo, test and bench install it
# and call make again.
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifneq ($(wildcard $(PGXS)),)
include $(PGXS)

# X12 is loops over bytes and many small functions: a twelfth of its time.
src/core/x12.o src/core/x12_claim.o src/x12.o src/import_row.o: \
	override CFLAGS += -O3 -fno-semantic-interposition $(OPTFLAGS)

# PGXS installs the program without its directory, and looks for it with it.
uninstall: uninstall-program
uninstall-program:
	rm -f $(addprefix '$(DESTDIR)$(bindir)'/,$(notdir $(SCRIPTS)))
.PHONY: uninstall-program
else
all install installcheck clean:
	@echo 'PGXS not found: install the PostgreSQL server development package or set PG_CONFIG' >&2; exit 1
endif

# PGXS knows no header dependencies; any header rebuilds all, in seconds. The
# control file has the version.
$(OBJS): $(wildcard src/*.h src/core/*.h) hccraf.control

# The temporary file keeps a failure from leaving half a script that looks built.
hccraf--$(EXTVERSION).sql: script/install_script.pl hccraf.control $(wildcard sql/[0-9]*.sql sql/panel/*.sql data/*.csv data/*/*.csv)
	LC_ALL=C perl script/install_script.pl > $@.tmp
	mv $@.tmp $@

regress-directories:
	@mkdir -p build/regress build/isolation
	@ln -sfn ../../test/sql build/regress/sql
	@ln -sfn ../../expected build/regress/expected

# The tests that start servers of their own; not as root.
prove_installcheck:
	$(prove_installcheck)

# The tests of the plain C core; needs no PostgreSQL.
unit:
	script/unit

# Fuzzing the plain C core, SECONDS for each target; `make test` has a short run.
fuzz:
	script/fuzz $(or $(SECONDS),600)

demo bench:
	script/install-dependencies $@
	script/install
	script/server $(SERVER_OPTIONS) $@/run $(if $(filter bench,$@),$(BENCH_ARGS))

# SUITES chooses among the suites of script/test; all is the default.
test:
	script/install-dependencies test
	script/test $(SUITES)

# Some minutes under valgrind; not part of test. PARTS chooses among its parts.
memcheck:
	script/install-dependencies memcheck
	script/memcheck $(PARTS)

dist:
	grep -q '^   "version": "$(EXTVERSION)"' META.json
	grep -q '^## $(EXTVERSION) ' CHANGELOG.md
	git archive --format=zip --prefix=hccraf-$(EXTVERSION)/ --output=hccraf-$(EXTVERSION).zip HEAD

.PHONY: all install installcheck regress-directories prove_installcheck unit fuzz demo bench test memcheck dist
