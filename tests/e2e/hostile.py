"""Texts that attack a shell, SQL, paths, headers, terminals or readers, wherever a user can enter one."""

CORPUS = [
    "'; DROP TABLE migration_jobs; --",
    '" OR 1=1 -- ',
    "$(reboot)",
    "`id`",
    "${jndi:ldap://127.0.0.1/x}",
    "; rm -rf ~ &",
    "| tee /etc/passwd",
    "../../etc/shadow",
    "/../../root",
    "%2e%2e%2f",
    "%s%n%x",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "a\r\nX-Injected: 1",
    "a\nb",
    "\x1b]0;title\x07\x1b[2J",
    "\u202egnp.exe",
    "\u0000nul",
    "\ufeffbom",
    "\u2028line separator",
    "Ünïcödé 🏥 日本",
    "-rf",
    "--",
    "*",
    "a" * 3000,
    " leading",
    "",
]
# What is a line of its own, however odd: no rule for titles, texts or values refuses it.
PLAIN = {text for text in CORPUS if text.isprintable() and text == text.strip() and 0 < len(text) <= 100}
