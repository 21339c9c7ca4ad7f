"""The one settings tree, built once at the edge and passed down."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import platformdirs
from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

if TYPE_CHECKING:
    from qa import AnswerSettings, LanguageModel, ModelSettings

APP = "pullquote"


class Settings(BaseSettings):
    """Read from ``PULLQUOTE_*`` in the environment, then from ``pullquote.toml`` here."""

    model_config = SettingsConfigDict(
        env_prefix="PULLQUOTE_",
        env_ignore_empty=True,
        toml_file="pullquote.toml",
        extra="forbid",
        populate_by_name=True,
    )

    home: Path = Field(
        default_factory=lambda: platformdirs.user_data_path(APP),
        description="Folder of the archive.",
    )
    models: Path = Field(
        default_factory=lambda: platformdirs.user_cache_path(APP) / "models",
        description="Folder of the downloaded model files; shared by all archives.",
    )
    chroma_url: str | None = Field(
        default=None,
        description="A Chroma server for the vector index, as http://127.0.0.1:8000; "
        "in the archive's folder if unset.",
    )
    model: str = Field(
        default="auto",
        description="auto, extractive, local[:NAME or PATH.gguf], openai[:NAME], or a URL.",
    )
    openai_api_key: SecretStr | None = Field(
        default=None,
        description="Key of OpenAI, of the base URL, or of a URL named as the model.",
    )
    shared_openai_api_key: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("OPENAI_API_KEY", "shared_openai_api_key"),
        description="The key that other programs use too. It goes to OpenAI or to the base URL, "
        "and to no other URL.",
    )
    openai_base_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices(
            "PULLQUOTE_OPENAI_BASE_URL", "OPENAI_BASE_URL", "openai_base_url"
        ),
        description="An OpenAI-compatible address.",
    )
    openai_model: str | None = Field(
        default=None,
        description="Model asked for there; gpt-4o-mini at OpenAI and, at another address, "
        "the first one it offers, if unset.",
    )
    readers: dict[str, str] = Field(
        default_factory=dict,
        description="llama-index readers for other kinds of files, by suffix: "
        '".epub" = "llama_index.readers.file:EpubReader".',
    )
    threads: int | None = Field(
        default=None, ge=1, description="Threads of the embedded model; physical cores if unset."
    )

    rewrite: Literal["auto", "model", "rules"] = Field(
        default="auto",
        description="Who makes a follow-up stand alone. auto: the model, but for the embedded one, "
        "where that costs seconds before the first quote.",
    )
    verdict: Literal["auto", "always", "never"] = Field(
        default="auto",
        description="Whether a model says yes or no to a question that asks for it. auto: the "
        "embedded one, which says yes to nearly everything, only where its probabilities lean "
        "clearly.",
    )
    contradictions: Literal["auto", "always", "never"] = Field(
        default="auto",
        description="Whether a model is asked where sources contradict each other; what it says is "
        "shown if rules do not object. auto: any but the embedded one.",
    )
    evidence: Literal["auto", "small", "large"] = Field(
        default="auto",
        description="How much of the evidence a model is shown: eight sentences of 370 tokens, or "
        "ten of 800. auto: large, but for the embedded one, which reads 40 tokens a second.",
    )
    cache: bool = Field(
        default=True,
        description="Take a model's earlier reply where question, evidence, prompt, model and "
        "settings are the same.",
    )
    answer_seconds: float = Field(
        default=180.0, gt=0, description="A reply that takes longer is cut; quotes stand in."
    )
    answer_tokens: int = Field(
        default=4000, gt=0, description="Tokens that prompt and reply may have together, about."
    )

    @field_validator("home", "models")
    @classmethod
    def _expand(cls, folder: Path) -> Path:
        return folder.expanduser()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, the environment over the file."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    def for_models(self) -> ModelSettings:
        """What opening a language model needs of these."""
        from qa import ModelSettings  # the archive's commands do without it

        own, shared = (
            key.get_secret_value() if key else None
            for key in (self.openai_api_key, self.shared_openai_api_key)
        )
        return ModelSettings(
            models_dir=self.models,
            openai_api_key=own or shared,
            endpoint_api_key=own,
            openai_base_url=self.openai_base_url,
            openai_model=self.openai_model,
            threads=self.threads,
        )

    def for_answers(self, model: LanguageModel | None) -> AnswerSettings:
        """What answering with this model needs of these."""
        from qa import AnswerSettings

        remote = model is not None and not model.name.startswith("local:")
        settings = AnswerSettings(
            rewrite=self.rewrite == "model" or (self.rewrite == "auto" and remote),
            verdict=self.verdict == "always" or (self.verdict == "auto" and remote),
            weigh_verdict=self.verdict == "auto" and model is not None and not remote,
            contradictions=self.contradictions == "always"
            or (self.contradictions == "auto" and remote),
            budget_seconds=self.answer_seconds,
            budget_tokens=self.answer_tokens,
        )
        large = self.evidence == "large" or (self.evidence == "auto" and remote)
        return settings.with_room() if large else settings


def load_settings() -> Settings:
    """The settings of this process.

    Raises:
        UsageError: One of them is not what it should be; the message names it.
    """
    from tomllib import TOMLDecodeError

    from pydantic import ValidationError

    from index import UsageError

    try:
        return Settings()
    except (TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"pullquote.toml is not TOML: {error}.", "Correct that line.") from error
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
            for problem in error.errors()
        )
        raise UsageError(
            f"The settings are wrong: {problems}.",
            "Correct the PULLQUOTE_ variables or pullquote.toml.",
        ) from error
