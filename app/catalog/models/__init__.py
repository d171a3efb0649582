"""Products, extensions, releases with their files and rules, agreements."""

from app.catalog.models.eulas import Eula
from app.catalog.models.extensions import Extension, ExtensionImage, ImageKind, InstallFlags
from app.catalog.models.products import (
    AfterExpiry,
    Feature,
    FeatureUnit,
    Product,
    ProductFeature,
    ProductStatus,
    TrialKind,
)
from app.catalog.models.releases import (
    CHANNELS,
    Advice,
    Artifact,
    ArtifactKind,
    ArtifactStatus,
    Release,
    ReleaseStatus,
)
from app.catalog.models.rules import CompatibilityRule, Configuration, RulesVersion

__all__ = [
    "CHANNELS",
    "Advice",
    "AfterExpiry",
    "Artifact",
    "ArtifactKind",
    "ArtifactStatus",
    "CompatibilityRule",
    "Configuration",
    "Eula",
    "Extension",
    "ExtensionImage",
    "Feature",
    "FeatureUnit",
    "ImageKind",
    "InstallFlags",
    "Product",
    "ProductFeature",
    "ProductStatus",
    "Release",
    "ReleaseStatus",
    "RulesVersion",
    "TrialKind",
]
