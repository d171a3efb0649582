"""Run by the new prefix's own Python: it has what the agent needs, and reaches the connector."""

import sqlite3
import ssl
import sys

import cryptography
import httpx2
import pythoncom
import tuf
import win32com.client

LIBRARIES = (sqlite3, ssl, cryptography, httpx2, tuf)

pythoncom.CoInitialize()
connector = win32com.client.Dispatch("V83.COMConnector")
connection = connector.Connect(f'File="{sys.argv[1]}";')
sys.stdout.write(f"{connection.Metadata.Name}\n")
if connection.Metadata.Name != "Проверка":
    raise SystemExit(f"the connector says {connection.Metadata.Name!r}")
