#!/usr/bin/python
# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sensu_asset
short_description: Packs Calipso's checks and handler into one archive
version_added: "0.1.0"
author: Contributors to the Calipso project (@calipso)
description:
  - The archive is what the role C(sensu_checks) unpacks on hosts. It is an asset, too, as agents of Sensu Go
    fetch it. Its programs are in O(prefix), beside the packages that they need, C(sensu_plugin) among them,
    and run with the C(python3) of their path.
  - The same files always make the same archive, so that its checksum is a signature of what runs on hosts.
options:
  src:
    description: The directory with the checks, the collection's own C(sensu_checks).
    type: path
    required: true
  dest:
    description: The archive's file, whose name ends with C(.tar.gz). Its directory is made if need be.
    type: path
    required: true
  library:
    description:
      - The directory that holds the package C(sensu_plugin). Otherwise it is that of the Python that runs
        this module, on the controller by C(pip install sensu-plugin).
    type: path
  prefix:
    description:
      - The directory in the archive that everything is in. An asset's programs are in V(bin); empty for none.
    type: str
    default: bin
attributes:
  check_mode:
    description: Says whether the archive would be different, and does not write it.
    support: full
  diff_mode:
    description: Shows what is different.
    support: none
"""

EXAMPLES = r"""
- name: Pack the checks
  calipso.topology.sensu_asset:
    src: /usr/share/ansible/collections/ansible_collections/calipso/topology/sensu_checks
    dest: /var/lib/calipso/monitoring/calipso.tar.gz
  delegate_to: localhost
"""

RETURN = r"""
sha512:
  description: The archive's checksum, as an asset of Sensu names it.
  returned: success
  type: str
files:
  description: How many files are in it.
  returned: success
  type: int
"""

import gzip
import hashlib
import importlib.util
import io
import tarfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

INTERPRETER = b"#!/usr/bin/env python3\n"
LIBRARY = "sensu_plugin"
NEW_YEAR_1980 = 315532800
"""The time of all that is in the archive: tar finds 1970 implausible."""


class AssetError(Exception):
    """An archive that cannot be made; the text says why."""


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "src": {"type": "path", "required": True},
            "dest": {"type": "path", "required": True},
            "library": {"type": "path"},
            "prefix": {"type": "str", "default": "bin"},
        },
        supports_check_mode=True,
    )
    dest = Path(module.params["dest"])
    try:
        files = programs(Path(module.params["src"]))
        files.update(library(module.params["library"]))
        archive = packed(files, module.params["prefix"])
        changed = not dest.is_file() or dest.read_bytes() != archive
        if changed and not module.check_mode:
            dest.parent.mkdir(parents=True, exist_ok=True)
            aside = Path(module.tmpdir) / dest.name
            aside.write_bytes(archive)
            module.atomic_move(str(aside), str(dest))
    except (AssetError, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=changed, sha512=hashlib.sha512(archive).hexdigest(), files=len(files))


def programs(directory):
    """Return the scripts of a directory, and the packages beside them: name -> content; AssetError."""
    found = {path.name: INTERPRETER + path.read_bytes() for path in directory.glob("*.py")}
    if not found:
        raise AssetError(f"{directory} has no checks")
    for package in directory.glob("*/__init__.py"):
        found.update(modules(package.parent))
    return found


def library(directory):
    """Return the package sensu_plugin: name -> content; AssetError."""
    if directory is None:
        spec = importlib.util.find_spec(LIBRARY)
        place = Path(spec.origin).parent if spec is not None and spec.origin else None
    else:
        place = Path(directory) / LIBRARY
    if place is None or not (place / "__init__.py").is_file():
        raise AssetError(
            f"the Python package {LIBRARY}, which the checks need, is not there: install sensu-plugin for "
            "the Python that runs Ansible, or name the directory that holds it"
        )
    return modules(place)


def modules(package):
    """Return a package's modules: name -> content."""
    return {f"{package.name}/{path.name}": path.read_bytes() for path in package.glob("*.py")}


def packed(files, prefix):
    """Return the archive that holds `files`, whatever their times and owners are."""
    unzipped = io.BytesIO()
    with tarfile.open(fileobj=unzipped, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(f"{prefix}/{name}" if prefix else name)
            entry.size = len(content)
            entry.mode = 0o644 if "/" in name else 0o755
            entry.mtime = NEW_YEAR_1980
            entry.uname = entry.gname = "root"
            archive.addfile(entry, io.BytesIO(content))
    zipped = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=zipped, mode="wb", mtime=0) as file:
        file.write(unzipped.getvalue())
    return zipped.getvalue()


if __name__ == "__main__":
    main()
