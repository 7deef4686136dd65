# The commands to build, test and measure Ringside. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help run test build bundle bundle-windows appimage gateway company bench fleet fuzz lint deny screens picture icons ui ui-dev

# The arguments of the app for `make run`. `make run ARGS=` starts it without the demo.
ARGS ?= --demo

UI_SOURCES := $(shell find ui -name node_modules -prune -o -name dist -prune -o -type f -print 2>/dev/null)

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## build Ringside and start it with the embedded platform (ARGS="…" for other arguments)
	@scripts/run $(ARGS)

test: ## run every test; ends with «N passed, N failed»
	@scripts/test

build: ## build target/release/ringside
	@scripts/setup build
	@$(MAKE) --no-print-directory ui
	@cargo build --locked --release --package ringside
	@ls -lh target/release/ringside

bundle: ## build a .deb with menu entry and icon
	@scripts/bundle

bundle-windows: ## build the installers for Windows: Ringside-x.y.z-setup.exe and Ringside-x.y.z.msi
	@scripts/bundle-windows

appimage: ## build an AppImage, for Linux systems without .deb packages
	@scripts/bundle-appimage

gateway: ## build the gateway's .deb, with its NATS server
	@scripts/bundle-gateway

company: ## start a gateway with the embedded platform; it prints the commands that start two desks
	@scripts/setup build company
	@PATH="$(CURDIR)/target/tools/bin:$$PATH" cargo run --locked --quiet --package ringside-gateway -- --demo

bench: ## measure the speed and the memory of the release build
	@scripts/bench

fleet: ## measure a gateway with ten thousand desks (FLEET_DESKS=200 FLEET_KILLS=20 for a short run)
	@scripts/fleet

fuzz: ## send 5 million bodies, generated from a seed, through each decoder
	@RINGSIDE_FUZZ_RUNS=5000000 cargo test --locked --release --package ringside-wire --package ringside-platform --lib fuzz -- --nocapture

lint: ## check formatting, run clippy and the UI's checks
	@scripts/setup build
	@scripts/test format clippy ui-check ui-lint

deny: ## check licences, sources and the rules which crate may depend on which
	@scripts/setup lint
	@target/tools/bin/cargo-deny --locked check bans licenses sources

screens: ## take pictures of every view into target/screens
	@scripts/test ui-browser real-app
	@ls target/screens

picture: ## take the picture in the README
	@scripts/picture

icons: ## draw the icons from their sources
	@scripts/setup icons
	@scripts/icons

ui: ui/dist/index.html

ui/dist/index.html: $(UI_SOURCES)
	@npm --prefix ui run --silent build
	@touch $@

# The same pages with a memory host of scripted snapshots, for a browser.
ui-dev: target/ui/index.html

target/ui/index.html: $(UI_SOURCES)
	@npm --prefix ui run --silent build:dev
	@touch $@
