#!/bin/sh
# Makes what docker-compose.yml needs and is missing; nothing that is there is changed.
#
#   sh docker/prepare.sh [NAME]
#
# NAME is whom the API token is for (`admin` unless said): each name has one. It is printed once, for only its
# SHA-256 is kept. MEDPRO_SECRETS and MEDPRO_CONFIG are those of docker-compose.yml.
set -eu
cd "$(dirname "$0")/.."
secrets=${MEDPRO_SECRETS:-./docker/secrets}
config=${MEDPRO_CONFIG:-./docker/secrets/config}
name=${1:-admin}
case $name in
  *[!A-Za-z0-9_-]*) echo "prepare: the token's name may only have letters, digits, _ and -" >&2; exit 2 ;;
esac

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
sha256() { if command -v sha256sum > /dev/null; then sha256sum; else shasum -a 256; fi | cut -d ' ' -f 1; }
# Docker makes folders of the files that it does not find.
missing() { rmdir "$1" 2> /dev/null || :; [ ! -e "$1" ]; }

# In the containers the files are read by other users than here. So anyone may read them, but on this machine nobody
# else gets into the folder.
umask 022
mkdir -p "$secrets" "$config" "$secrets/demo-host"
chmod 700 "$secrets"

if missing "$secrets/database_password"; then
  random > "$secrets/database_password"
  echo "made $secrets/database_password"
fi

missing "$secrets/api_tokens.toml" && : > "$secrets/api_tokens.toml"
if ! grep -q "^$name *=" "$secrets/api_tokens.toml"; then
  token=$(random)
  printf '%s = "%s"\n' "$name" "$(printf %s "$token" | sha256)" >> "$secrets/api_tokens.toml"
  echo "API token of $name (it is shown this once): $token"
fi

# The demo's host and the executor's key to it, unless there are environments already.
if missing "$config/environments.toml"; then
  for key in "$config/demo_client" "$secrets/demo-host/host_key"; do
    [ -e "$key" ] || ssh-keygen -q -t ed25519 -N '' -C "medpro-${key##*/}" -f "$key"
  done
  chmod 644 "$config/demo_client"
  cp "$config/demo_client.pub" "$secrets/demo-host/authorized_keys"
  printf 'medpro-server %s\n' "$(cat "$secrets/demo-host/host_key.pub")" > "$config/demo_known_hosts"
  cat > "$config/environments.toml" << 'TOML'
# The demo's server, as two environments. docs/configuration.md has every key.
[staging]
display_name = "Staging"
colour = "amber"
host = "medpro-server"
username = "medpro"
client_key = "demo_client"
known_hosts = "demo_known_hosts"
script_directories = ["/opt/medpro/scripts"]

[production]
display_name = "Production"
colour = "red"
protected = true
host = "medpro-server"
username = "medpro"
client_key = "demo_client"
known_hosts = "demo_known_hosts"
script_directories = ["/opt/medpro/scripts"]
TOML
  echo "made $config/environments.toml, with the demo's keys"
fi
