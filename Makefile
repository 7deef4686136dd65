# What there is to do with Ringside. `make help` lists it.
.DEFAULT_GOAL := help
.PHONY: help run test build bundle bench fuzz lint deny screens picture icons ui

# What `make run` starts the app with; ARGS= gives it nothing, and so the real thing.
ARGS ?= --demo

UI_SOURCES := $(shell find ui -name node_modules -prune -o -name dist -prune -o -type f -print 2>/dev/null)

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## build Ringside and start it with the embedded platform (ARGS="…" for other arguments)
	@scripts/run $(ARGS)

test: ## every test; ends with «N passed, N failed»
	@scripts/test

build: ## target/release/ringside
	@scripts/setup build
	@$(MAKE) --no-print-directory ui
	@cargo build --locked --release --package ringside
	@ls -lh target/release/ringside

bundle: ## a .deb with menu entry and icon
	@scripts/bundle

bench: ## how quick and how small it is, release build
	@scripts/bench

fuzz: ## 5 million bodies through each decoder, from a seed
	@RINGSIDE_FUZZ_RUNS=5000000 cargo test --locked --release --package ringside-wire --package ringside-platform --lib fuzz -- --nocapture

lint: ## formatting, clippy, the UI's checks
	@scripts/setup build
	@scripts/test format clippy ui-check ui-lint

deny: ## licences, sources and who may depend on what
	@scripts/setup lint
	@target/tools/bin/cargo-deny --locked check bans licenses sources

screens: ## pictures of every view into target/screens
	@scripts/test ui-browser real-app
	@ls target/screens

picture: ## the picture in the README
	@scripts/picture

icons: ## draw the icons again from their sources
	@scripts/setup icons
	@scripts/icons

ui: ui/dist/index.html

ui/dist/index.html: $(UI_SOURCES)
	@npm --prefix ui run --silent build
	@touch $@
