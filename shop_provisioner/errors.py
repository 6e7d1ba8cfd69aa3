"""Everything that can go wrong, with a stable code and parameters; the portal turns codes into sentences."""

from typing import Any


class ProvisionerError(Exception):
    """Base of all errors of this package.

    ``code`` is stable snake_case, ``params`` fills the sentence shown to a person. ``permanent`` errors are not tried
    again by the sweep: only a person can change what causes them.
    """

    code = "provisioner_error"
    permanent = False

    def __init__(self, code: str | None = None, **params: Any) -> None:
        self.code = code or self.code
        self.params = params
        super().__init__(f"{self.code} {params}" if params else self.code)


class ConfigError(ProvisionerError):
    """A required setting is missing or cannot work."""

    code = "config"
    permanent = True


class Refused(ProvisionerError):
    """A command that changes nothing; ``code`` is one of the reason codes of the portal's view."""

    permanent = True


class ReleaseError(ProvisionerError):
    """No usable PrestaShop release was given or kept."""

    code = "prestashop_missing"
    permanent = True


class TemplateError(ProvisionerError):
    """The installer or the warm-up failed; ``params['output']`` holds the last lines."""

    code = "template_failed"


class EngineError(ProvisionerError):
    """The Docker Engine refused or failed."""

    code = "engine_failed"


class DatabaseError(ProvisionerError):
    """MariaDB refused or failed."""

    code = "database_failed"


class PlatformError(ProvisionerError):
    """The payments platform did not do what was asked; ``params`` holds its status and code."""

    code = "platform_failed"


class AnswerError(ProvisionerError):
    """The boutique did not answer 200 through the edge in time."""

    code = "boutique_silent"


class ArchiveError(ProvisionerError):
    """An archive is incomplete, altered, or did not restore to the same row counts."""

    code = "archive_failed"
