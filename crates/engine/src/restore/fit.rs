//! Turns any JSON value into a type: only the parts that do not fit are lost.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// The value as this type, and the paths of the parts that were replaced by the default's.
pub(super) fn fit<T: Serialize + DeserializeOwned + Default>(value: Value) -> (T, Vec<String>) {
    if !value.is_object() {
        return (T::default(), vec!["all of it".to_owned()]);
    }
    // The usual case: the whole value fits.
    if let Ok(whole) = serde_json::from_value(value.clone()) {
        return (whole, Vec::new());
    }
    let default = serde_json::to_value(T::default()).unwrap_or_default();
    let mut fitting = Fitting { root: default, fits: |root| serde_json::from_value::<T>(root.clone()).is_ok(), lost: Vec::new() };
    fitting.put(&mut Vec::new(), value);
    (serde_json::from_value(fitting.root).unwrap_or_default(), fitting.lost)
}

struct Fitting {
    /// Fits the type after each step.
    root: Value,
    fits: fn(&Value) -> bool,
    lost: Vec<String>,
}

#[derive(Clone)]
enum Step {
    Key(String),
    Place(usize),
}

impl Fitting {
    /// Puts the value, or the parts of it that fit, at the path.
    fn put(&mut self, path: &mut Vec<Step>, value: Value) {
        let before = self.replace(path, Some(value.clone()));
        if (self.fits)(&self.root) {
            return;
        }
        match value {
            Value::Object(fields) => {
                // The fields are put into the object that stood there, or into an empty one.
                let start = before.clone().filter(Value::is_object).unwrap_or_else(|| Value::Object(Map::new()));
                if self.begin(path, start, before) {
                    for (key, field) in fields {
                        path.push(Step::Key(key));
                        self.put(path, field);
                        path.pop();
                    }
                }
            }
            Value::Array(items) => {
                if self.begin(path, Value::Array(Vec::new()), before) {
                    for item in items {
                        let place = self.at(path).and_then(|list| list.as_array()).map_or(0, Vec::len);
                        path.push(Step::Place(place));
                        self.put(path, item);
                        path.pop();
                    }
                }
            }
            _ => {
                self.replace(path, before);
                self.lose(path);
            }
        }
    }

    /// Puts `start` at the path. False: it does not fit; `before` is put back and the path is lost.
    fn begin(&mut self, path: &[Step], start: Value, before: Option<Value>) -> bool {
        self.replace(path, Some(start));
        let fits = (self.fits)(&self.root);
        if !fits {
            self.replace(path, before);
            self.lose(path);
        }
        fits
    }

    /// Puts the value at the path, or removes the value there (`None`). Returns the value that stood there.
    fn replace(&mut self, path: &[Step], value: Option<Value>) -> Option<Value> {
        let Some((last, above)) = path.split_last() else {
            return Some(std::mem::replace(&mut self.root, value.unwrap_or_default()));
        };
        match (self.at(above)?, last, value) {
            (Value::Object(fields), Step::Key(key), Some(value)) => fields.insert(key.clone(), value),
            (Value::Object(fields), Step::Key(key), None) => fields.remove(key),
            (Value::Array(items), Step::Place(place), Some(value)) => match items.get_mut(*place) {
                Some(item) => Some(std::mem::replace(item, value)),
                None => {
                    items.push(value);
                    None
                }
            },
            (Value::Array(items), Step::Place(place), None) => {
                items.truncate(*place);
                None
            }
            _ => None,
        }
    }

    fn at(&mut self, path: &[Step]) -> Option<&mut Value> {
        path.iter().try_fold(&mut self.root, |value, step| match step {
            Step::Key(key) => value.get_mut(key),
            Step::Place(place) => value.get_mut(place),
        })
    }

    fn lose(&mut self, path: &[Step]) {
        let steps = path.iter().map(|step| match step {
            Step::Key(key) => key.clone(),
            Step::Place(place) => place.to_string(),
        });
        self.lost.push(steps.collect::<Vec<_>>().join("."));
    }
}
