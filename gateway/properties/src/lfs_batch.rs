//! A batch of LFS becomes objects to be decided on, or is refused.

use gogs_spanner::examine::Batch;
use gogs_spanner_capability::RepositoryName;
use serde_json::{Map, Value};

/// What is put to the forge, whatever the caller wrote: the question which objects are there.
const QUESTION: &str = "download";
/// The most objects of one batch.
const MOST: usize = 1000;

/// A batch that is read has one reading: Go's decoder, which folds the case of members and takes the last of them, finds
/// the same operation, ref and objects; and what is put to the forge is a question about those objects and nothing else.
pub fn lfs_batch(input: &[u8]) {
    let repository = RepositoryName::parse("acme/handbook").expect("a name");
    let Ok(batch) = Batch::parse(&repository, input) else { return };
    let Ok(Value::Object(body)) = serde_json::from_slice(input) else { panic!("a batch is an object") };
    let operation = folded(&body, "operation").and_then(Value::as_str);
    assert_eq!(operation, Some(batch.transfer.operation()));
    if let Some(reference) = batch.transfer.reference() {
        let named = folded(&body, "ref").and_then(Value::as_object).and_then(|named| folded(named, "name"));
        assert_eq!(named.and_then(Value::as_str), Some(reference.as_str()));
    }
    let asked = folded(&body, "objects").and_then(Value::as_array).expect("objects");
    assert!(asked.len() <= MOST);
    assert_eq!(asked.len(), batch.objects.len());
    for (asked, read) in asked.iter().zip(&batch.objects) {
        let asked = asked.as_object().expect("an object");
        assert_eq!(folded(asked, "oid").and_then(Value::as_str), Some(read.oid.as_str()));
        if let Ok(object) = &read.object {
            assert_eq!(folded(asked, "size").and_then(Value::as_u64), Some(object.size));
        }
    }
    assert_asks_about_the_same(&batch);
}

/// The question, read back.
fn assert_asks_about_the_same(batch: &Batch) {
    let question: Value = serde_json::from_slice(&batch.question()).expect("our own JSON");
    assert_eq!(question["operation"], QUESTION);
    let objects = question["objects"].as_array().expect("objects");
    assert_eq!(objects.len(), batch.objects().count());
    for (asked, object) in objects.iter().zip(batch.objects()) {
        assert_eq!(asked["oid"].as_str(), Some(object.oid.to_string().as_str()));
        assert_eq!(asked["size"].as_u64(), Some(object.size));
    }
}

/// The last member of that name in any case.
fn folded<'b>(body: &'b Map<String, Value>, name: &str) -> Option<&'b Value> {
    body.iter().rfind(|(member, _)| member.to_lowercase() == name).map(|(_, value)| value)
}
