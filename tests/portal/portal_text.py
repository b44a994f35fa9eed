"""The portal file of two shops that tests log in by."""

TEXT = """
min_customers = 3
audit_days = 30

[login]
way = "passwords"
secret_file = "secret"

[roles]
viewers = "viewer"
analysts = "analyst"
admins = "admin"

[[policies]]
group = "online"
rows = {{ channel = ["Online"] }}

[[policies]]
group = "leeds"
rows = {{ store = ["Leeds"] }}

[[policies]]
group = "everyone"
rows = "all"

[[passwords]]
name = "Vera"
password = "{vera}"
groups = ["viewers", "online"]

[[passwords]]
name = "Anna"
password = "{anna}"
groups = ["admins", "everyone"]

[[passwords]]
name = "Nora"
password = "{nora}"
groups = ["online"]
"""
