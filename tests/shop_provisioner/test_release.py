"""Releases: whatever form they come in, kept once, found again; what is missing is said exactly."""

import zipfile
from pathlib import Path

import pytest

from shop_provisioner import images, release, template
from shop_provisioner.config import BuildSettings, Settings
from shop_provisioner.errors import ReleaseError
from tests.shop_provisioner.factories import make_release_tree, make_template


def zipped(tree: Path, target: Path, prefix: str = "") -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for path in tree.rglob("*"):
            archive.write(path, prefix + str(path.relative_to(tree)))
    return target


def test_a_release_is_the_same_from_a_folder_a_zip_and_the_official_zip_in_a_zip(tmp_path: Path) -> None:
    settings = BuildSettings(cache_dir=tmp_path / "cache")
    tree = make_release_tree(tmp_path / "tree")
    outer = tmp_path / "outer"
    outer.mkdir()
    zipped(tree, outer / "prestashop.zip")
    sources = [
        tree,
        zipped(tree, tmp_path / "flat.zip"),
        zipped(tree, tmp_path / "deep.zip", "prestashop/"),
        zipped(outer, tmp_path / "official.zip"),
    ]
    kept = {release.keep(settings, str(source), None) for source in sources}
    assert len(kept) == 1
    assert [r.version for r in release.kept(settings)] == ["8.2.1"]
    assert (kept.pop().tree / "index.php").exists()
    assert list((settings.cache_dir / "prestashop").glob(".*")) == []


def test_the_newest_version_is_used_unless_one_is_given(tmp_path: Path) -> None:
    settings = BuildSettings(cache_dir=tmp_path / "cache")
    for version in ("8.2.1", "8.2.10", "8.2.9"):
        release.keep(settings, str(make_release_tree(tmp_path / version, version)), None)
    assert release.ensure(settings, None).version == "8.2.10"
    given = BuildSettings(cache_dir=tmp_path / "cache", prestashop=str(tmp_path / "8.2.1"))
    assert release.ensure(given, None).version == "8.2.1"
    assert release.resolve(given).version == "8.2.1"
    unknown = BuildSettings(cache_dir=tmp_path / "cache", prestashop=str(tmp_path))
    with pytest.raises(ReleaseError):
        release.resolve(unknown)


def test_language_packs_are_kept_with_the_release(tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    packs.mkdir()
    (packs / "sf-fr-FR.zip").write_bytes(b"PK")
    tree = make_release_tree(tmp_path / "tree")
    given = BuildSettings(cache_dir=tmp_path / "cache", prestashop=str(tree), language_packs=str(packs))
    assert release.ensure(given, None).missing_packs() == ["sf-en-US.zip"]
    again = release.ensure(BuildSettings(cache_dir=tmp_path / "cache"), None)
    assert again.missing_packs() == ["sf-en-US.zip"]


@pytest.mark.parametrize("source", ["absent.zip", "/absent/folder", "empty"])
def test_what_is_no_release_is_refused_with_the_way_to_give_one(tmp_path: Path, source: str) -> None:
    (tmp_path / "empty").mkdir()
    path = tmp_path / source if source == "empty" else source
    with pytest.raises(ReleaseError) as caught:
        release.keep(BuildSettings(cache_dir=tmp_path / "cache"), str(path), None)
    assert caught.value.code == "prestashop_missing"
    assert caught.value.params["what"] in ("not_found", "not_a_release")
    assert "--prestashop" in caught.value.params["how"]


def test_a_missing_release_and_a_missing_template_are_told_apart(settings: Settings) -> None:
    with pytest.raises(ReleaseError) as caught:
        template.find(settings)
    assert caught.value.params["what"] == "release"
    release.keep(settings, str(make_release_tree(settings.cache_dir / "tree")), None)
    with pytest.raises(ReleaseError) as caught:
        template.find(settings)
    assert caught.value.params == {"what": "template", "version": "8.2.1", "how": "bin/comptoir template build"}


def test_a_template_is_placed_whole_and_an_older_one_serves_until_the_next_build(settings: Settings) -> None:
    found = make_template(settings)
    assert template.find(settings).digest == found.digest
    placed = template.place(found, settings.state_dir)
    assert placed.folder == settings.state_dir / "templates" / found.digest
    assert template.place(found, settings.state_dir) == placed
    newer = Settings(**{**settings.__dict__, "boutique_image": "another:image"})
    assert template.key(newer, release.kept(newer)[0]) != found.digest
    assert template.find(newer).digest == found.digest


def test_image_names_change_with_their_contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "FOLDER", tmp_path)
    (tmp_path / "boutique").mkdir()
    (tmp_path / "boutique" / "Dockerfile").write_text("FROM a")
    first = images.tag("boutique")
    assert first == images.tag("boutique")
    (tmp_path / "boutique" / images.EXTRA_CA).write_text("certificate")
    assert images.tag("boutique") != first
    assert images.boutique_image(BuildSettings(boutique_image="mine:1")) == "mine:1"
