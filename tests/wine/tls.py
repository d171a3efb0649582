"""A certificate authority for one run of tests, and the application behind TLS on this machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fastapi import FastAPI

from app.kit.clock import utc_now
from app.kit.serving import listen

HERE = ip_address("127.0.0.1")


class Authority:
    """Its own certificate is `ca`; the one that it gave to this machine is `leaf`, with its key."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.ca, self.leaf = folder / f"{name}.pem", folder / f"{name}-leaf.pem"
        root, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(HERE)])
        usage = x509.KeyUsage(*(index in {5, 6} for index in range(9)))  # signs certificates, lists
        identity = x509.SubjectKeyIdentifier.from_public_key(root.public_key())
        authority = certificate(name, name, root.public_key()).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        signed = authority.add_extension(usage, critical=True).add_extension(
            identity, critical=False
        )
        self.ca.write_bytes(pem(signed.sign(root, hashes.SHA256())))
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key())
        given = certificate("localhost", name, key.public_key()).add_extension(
            names, critical=False
        )
        leaf = given.add_extension(issuer, critical=False).sign(root, hashes.SHA256())
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        self.leaf.write_bytes(private + pem(leaf))


def certificate(subject: str, issuer: str, public: ec.EllipticCurvePublicKey):
    """Not signed yet; valid today and tomorrow."""
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(utc_now() - timedelta(days=1))
        .not_valid_after(utc_now() + timedelta(days=1))
    )


def pem(made: x509.Certificate) -> bytes:
    return made.public_bytes(serialization.Encoding.PEM)


@contextmanager
def served(app: FastAPI, authority: Authority) -> Iterator[str]:
    """The application's address until the end of the `with`."""
    listener = listen("127.0.0.1", 0)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        ssl_certfile=authority.leaf,
        ssl_keyfile=authority.leaf,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"https://localhost:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
