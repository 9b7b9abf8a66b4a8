"""A certificate that a camera signed itself."""

from datetime import UTC, datetime, timedelta
import hashlib
from pathlib import Path
import ssl
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


class Certificate:
    """A key and a certificate; short and of the wrong name, as cameras have them."""

    def __init__(self, bits: int = 1024) -> None:
        """Make them; old cameras have keys of 1024 bits."""
        # Too short for the world, as those of the cameras that are simulated.
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "IPCamera")])
        now = datetime.now(UTC)
        self._certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            # Cameras that do not know the time make these.
            .not_valid_before(now - timedelta(days=4000))
            .not_valid_after(now - timedelta(days=350))
            .sign(self._key, hashes.SHA256())
        )

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of the certificate, 64 hexadecimal digits."""
        der = self._certificate.public_bytes(serialization.Encoding.DER)
        return hashlib.sha256(der).hexdigest()

    def context(self) -> ssl.SSLContext:
        """Return what a server needs; blocks for two small files."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        with TemporaryDirectory() as folder:
            path = Path(folder, "camera.pem")
            path.write_bytes(
                self._key.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
                + self._certificate.public_bytes(serialization.Encoding.PEM)
            )
            context.load_cert_chain(path)
        return context
