"""Settings of the program: flags over environment over file."""

from __future__ import annotations

from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from mwcampaign.errors import ExitCode, MwcampaignError


class Settings(BaseSettings):
    """Settings of the program: environment (MWCAMPAIGN_…) over the file mwcampaign.toml in the current folder."""

    model_config = SettingsConfigDict(env_prefix="MWCAMPAIGN_", toml_file="mwcampaign.toml", extra="forbid")

    ledger: str = ""
    """The ledger's file; "" is .mwcampaign/ledger.db in the campaign's folder."""
    workers: int = Field(default=16, ge=1, le=32)
    """How many accounts may post at the same time."""
    notify: tuple[str, ...] = ()
    """Whom to tell of trouble: references to secrets (env:NAME, file:PATH, keyring:SERVICE) that hold an address."""
    spacing: int = Field(default=10, ge=0, le=24 * 3600)
    """Seconds between two posts of one account; parts of a thread follow at once."""
    spread: int = Field(default=60, ge=0, le=3600)
    """Seconds over which accounts are spread that are due together, so that they do not post in the same second."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read flags, then the environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


class SettingsInvalid(MwcampaignError):
    """A setting has a wrong value; names it and where it comes from."""

    exit_code = ExitCode.USAGE


def settings(**flags: Any) -> Settings:
    """Read the settings; flags that are None do not count. Raises SettingsInvalid."""
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except (ValidationError, ValueError, OSError) as error:
        if isinstance(error, ValidationError):
            told = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        else:
            told = str(error)
        raise SettingsInvalid(
            f"the settings are not valid: {told}", hint="look at MWCAMPAIGN_… in the environment and mwcampaign.toml"
        ) from None
