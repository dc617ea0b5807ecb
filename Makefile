# make run   builds everything and starts the server
# make test  runs every check there is
# make help  names the rest

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

# The binary is always at target/release/parlour, whatever the environment says.
export CARGO_TARGET_DIR := $(CURDIR)/target

CLIENT_SOURCES := $(shell find sdk web -type f -not -path '*/node_modules/*' \
	-not -path '*/dist/*' -not -path 'web/e2e/*' 2>/dev/null)

.PHONY: help run build release test tools fmt bench soak clean

help: ## Say what can be made
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 10

run: build ## Build the client and the server, and start it
	exec target/release/parlour

build: release ## Build the web client and the binary that holds it: target/release/parlour

release: web/dist/index.html
	cargo build --release --locked -p server

test: ## Run every check: formatting, lints, licences, unit, wire and browser tests
	scripts/tools.sh test
	scripts/test.sh

tools: ## Install what the tests need (Debian packages as root, cargo-deny)
	scripts/tools.sh test

fmt: ## Format the Rust code
	cargo fmt --all

# Settable: BENCH, the options of bench/compare.mjs.
bench: build ## Measure the binary, durable messages, Parlour beside its peers (70 minutes, quiet)
	cargo build --release --locked -p loadtest
	npm run bench -w tests/wire
	node bench/logins.mjs
	node bench/presence.mjs
	node bench/durable.mjs
	node bench/paging.mjs
	node bench/timeline.mjs
	node bench/optimistic.mjs
	node bench/compare.mjs $(BENCH)

# Settable: FIRE_CLIENTS, FIRE_SECONDS, VERIFY_SECONDS, PARLOUR_{KILL,UNDO,FAULT}_ROUNDS,
# PARLOUR_FAULT_TABLES, PARLOUR_SHOWN_MESSAGES.
soak: build ## Kill -9, losses of power, bad disks; ten minutes each of rooms, channels, direct and pairs
	PARLOUR_KILL_ROUNDS=$${PARLOUR_KILL_ROUNDS:-200} PARLOUR_UNDO_ROUNDS=$${PARLOUR_UNDO_ROUNDS:-50} \
		PARLOUR_FAULT_ROUNDS=$${PARLOUR_FAULT_ROUNDS:-50} \
		PARLOUR_FAULT_TABLES=$${PARLOUR_FAULT_TABLES:-5} \
		PARLOUR_SHOWN_MESSAGES=$${PARLOUR_SHOWN_MESSAGES:-100000} \
		cargo test --locked -p durability --test rounds -- --nocapture --test-threads 1
	cargo build --release --locked -p loadtest
	target/release/parlour-loadtest verify --dialect rooms --serve target/release/parlour \
		--seconds $${VERIFY_SECONDS:-600} --clients 40 --rate 10
	target/release/parlour-loadtest verify --dialect channels --serve target/release/parlour \
		--seconds $${VERIFY_SECONDS:-600} --clients 40 --rate 10
	target/release/parlour-loadtest verify --dialect direct --serve target/release/parlour \
		--seconds $${VERIFY_SECONDS:-600} --clients 40 --rate 10
	FIRE_SECONDS=$${FIRE_SECONDS:-600} npm run fire -w tests/wire

clean: ## Remove everything that was built
	rm -rf target web/dist sdk/dist

node_modules/.package-lock.json: package-lock.json
	scripts/tools.sh build
	npm ci
	@touch $@

web/dist/index.html: node_modules/.package-lock.json $(CLIENT_SOURCES)
	npm run build
	@touch $@
