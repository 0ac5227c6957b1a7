# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx's settings; `build.py` copies this file beside the pages."""

from __future__ import annotations

project = "seawall.docker"
project_copyright = "seawall.docker contributors"
extensions = ["myst_parser", "sphinx.ext.intersphinx", "sphinx_antsibull_ext"]
html_theme = "sphinx_ansible_theme"
html_title = "seawall.docker"
html_theme_options = {"documentation_home_url": "index.html", "topbar_links": {}}
html_show_sphinx = False
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
myst_heading_anchors = 4
# No page needs another site to be built.
intersphinx_mapping = {}
highlight_language = "none"
# Two hyphens begin an option, and stay two.
smartquotes = False
