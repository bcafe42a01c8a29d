// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Writes SPDX 2.3. Rules that bite, beside the schema's: an SPDXID holds letters, digits, `.` and `-` only; every file needs
//! a SHA-1; a package with `filesAnalyzed: false` may not contain files; grype takes the first purl of a package alone, and
//! refuses a document whose supplier does not begin with `Organization:` or `Person:` (docs/design/sbom.md).

use sha1::{Digest as _, Sha1};

use super::model::{
    CreationInfo, ExternalDocumentRef, ExternalRef, ExtractedLicence, File, Package, Relation, SpdxDocument,
    Sum, VerificationCode,
};
use super::names::{EXECUTABLE, purpose, relationship_type};
use crate::checksum::{Algorithm, Checksums, hex};
use crate::component::{Component, ComponentId, Kind};
use crate::document::{Document, to_json};
use crate::error::SbomError;
use crate::inventory::Inventory;
use crate::owned_file::file_id;

const DOCUMENT: &str = "SPDXRef-DOCUMENT";
/// Where a CVE can be read about; its number follows.
pub(crate) const ADVISORY: &str = "https://www.cve.org/CVERecord?id=";

/// The document of `inventory`.
pub(crate) fn write(document: &Document, inventory: &Inventory) -> Result<Vec<u8>, SbomError> {
    let mut whole = SpdxDocument {
        id: DOCUMENT.to_owned(),
        spdx_version: "SPDX-2.3".to_owned(),
        data_license: Some("CC0-1.0".to_owned()),
        name: Some(document.name.clone()),
        document_namespace: Some(String::new()),
        creation_info: Some(CreationInfo {
            created: Some(document.created.to_string()),
            creators: vec![
                document.author.to_string(),
                format!("Tool: {}-{}", document.tool.name, document.tool.version),
            ],
        }),
        external_document_refs: others(document),
        has_extracted_licensing_infos: licences(inventory),
        document_describes: Vec::new(),
        packages: packages(document, inventory)?,
        files: files(inventory),
        relationships: relations(document, inventory),
    };
    whole.document_namespace = Some(document.namespace(&to_json(&whole)?));
    to_json(&whole)
}

fn others(document: &Document) -> Vec<ExternalDocumentRef> {
    let reference = |name: &str| format!("DocumentRef-{name}");
    document
        .others
        .iter()
        .filter_map(|other| {
            // The specification wants the SHA-1 of it, and only that (§6.6).
            let sum = other.checksums.get(Algorithm::Sha1)?;
            Some(ExternalDocumentRef {
                external_document_id: reference(&other.name),
                checksum: Sum { algorithm: "SHA1".to_owned(), checksum_value: sum.to_owned() },
                spdx_document: other.namespace.clone(),
            })
        })
        .collect()
}

fn licences(inventory: &Inventory) -> Vec<ExtractedLicence> {
    let texts = inventory.licence_texts().iter();
    texts
        .map(|(reference, text)| ExtractedLicence {
            license_id: reference.clone(),
            extracted_text: text.clone(),
        })
        .collect()
}

fn packages(document: &Document, inventory: &Inventory) -> Result<Vec<Package>, SbomError> {
    let owned = inventory.files_by_owner();
    let mut packages = Vec::new();
    for (id, component) in inventory.components() {
        let is_root = id == inventory.root();
        let excluded = document.own_path.iter().filter(|_| is_root).map(|path| format!("./{path}"));
        let excluded: Vec<String> = excluded.collect();
        let mut sums = Vec::new();
        for (path, file) in owned.get(id).into_iter().flatten() {
            let sum = file.checksums.get(Algorithm::Sha1);
            sums.push(sum.ok_or_else(|| SbomError::NoSha1 { path: (*path).clone() })?);
        }
        let analysed = !sums.is_empty() || !excluded.is_empty();
        let code = analysed.then(|| verification_code(sums, excluded));
        packages.push(package(id, component, code));
    }
    Ok(packages)
}

/// SHA-1 of the sorted SHA-1s of the files, one behind the other (§7.9).
fn verification_code(mut sums: Vec<&str>, excluded: Vec<String>) -> VerificationCode {
    sums.sort_unstable();
    VerificationCode {
        package_verification_code_value: hex(&Sha1::digest(sums.concat())),
        package_verification_code_excluded_files: excluded,
    }
}

fn package(id: &ComponentId, component: &Component, code: Option<VerificationCode>) -> Package {
    Package {
        id: reference(id.as_str()),
        name: component.name.clone(),
        version_info: component.version.clone(),
        supplier: component.supplier.as_ref().map(ToString::to_string),
        download_location: Some(
            component.download.as_ref().map_or_else(|| "NOASSERTION".to_owned(), ToString::to_string),
        ),
        files_analyzed: Some(code.is_some()),
        package_verification_code: code,
        checksums: sums(&component.checksums),
        homepage: component.homepage.as_ref().map(ToString::to_string),
        source_info: component.download.as_ref().or(component.homepage.as_ref()).map(ToString::to_string),
        license_concluded: component.concluded.as_ref().map(|licence| licence.as_str().to_owned()),
        license_declared: component.declared.as_ref().map(|licence| licence.as_str().to_owned()),
        copyright_text: component.copyright.clone(),
        comment: comment(component),
        external_refs: external_refs(component),
        primary_package_purpose: Some(purpose(component.kind).to_owned()),
        has_files: Vec::new(),
    }
}

/// What the format has no field for, a line each.
fn comment(component: &Component) -> Option<String> {
    let recipe = component.recipe.iter().map(|recipe| format!("recipe: {recipe}"));
    let kind = (component.kind == Kind::Patch).then(|| "kind: patch".to_owned());
    let lines: Vec<String> = recipe.chain(kind).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn external_refs(component: &Component) -> Vec<ExternalRef> {
    let purl = component.purl.iter().map(|purl| ("PACKAGE-MANAGER", "purl", purl.to_string()));
    let cpes = component.cpes.iter().map(|cpe| ("SECURITY", "cpe23Type", cpe.to_string()));
    let fixes = component.fixes.iter().map(|cve| ("SECURITY", "advisory", format!("{ADVISORY}{cve}")));
    purl.chain(cpes)
        .chain(fixes)
        .map(|(category, kind, locator)| ExternalRef {
            reference_category: category.to_owned(),
            reference_type: kind.to_owned(),
            reference_locator: locator,
        })
        .collect()
}

fn files(inventory: &Inventory) -> Vec<File> {
    let file = |(path, file): (&ashlar_tree::TreePath, &crate::owned_file::OwnedFile)| File {
        id: reference(&file_id(path)),
        file_name: format!("./{path}"),
        file_types: file.executable.then(|| EXECUTABLE.to_owned()).into_iter().collect(),
        checksums: sums(&file.checksums),
    };
    inventory.files().iter().map(file).collect()
}

fn relations(document: &Document, inventory: &Inventory) -> Vec<Relation> {
    let relation = |from: String, kind: &str, to: String| Relation {
        spdx_element_id: from,
        relationship_type: kind.to_owned(),
        related_spdx_element: to,
    };
    let root = reference(inventory.root().as_str());
    let mut relations = vec![relation(DOCUMENT.to_owned(), "DESCRIBES", root)];
    for other in document.others.iter().filter(|other| other.checksums.get(Algorithm::Sha1).is_some()) {
        let to = format!("DocumentRef-{}:{DOCUMENT}", other.name);
        relations.push(relation(DOCUMENT.to_owned(), "AMENDS", to));
    }
    for relationship in inventory.relationships() {
        let (kind, swapped) = relationship_type(relationship.verb);
        let (from, to) = (reference(relationship.from.as_str()), reference(relationship.to.as_str()));
        relations.push(if swapped { relation(to, kind, from) } else { relation(from, kind, to) });
    }
    for (path, file) in inventory.files() {
        let (owner, file) = (reference(file.owner.as_str()), reference(&file_id(path)));
        relations.push(relation(owner, "CONTAINS", file));
    }
    relations
}

fn sums(checksums: &Checksums) -> Vec<Sum> {
    let sum = |(algorithm, text): (Algorithm, &str)| Sum {
        algorithm: algorithm.spdx().to_owned(),
        checksum_value: text.to_owned(),
    };
    checksums.iter().map(sum).collect()
}

fn reference(id: &str) -> String {
    format!("SPDXRef-{id}")
}
