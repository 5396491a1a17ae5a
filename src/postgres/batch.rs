//! What every request asks of the database, asked together: requests that come
//! while a look-up is under way are all answered by the next. So none is
//! answered with what was read before it asked, and a rush of requests costs a
//! few queries and not as many.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

/// A kind of look-up: by key, and what is found.
pub struct Batch<K, V>(Arc<Mutex<Asked<K, V>>>);

/// An error that several requests share.
pub type SharedError = Arc<sqlx::Error>;

type Answer<V> = Result<Option<V>, SharedError>;

struct Asked<K, V> {
    waiting: Vec<(K, oneshot::Sender<Answer<V>>)>,
    under_way: bool,
}

impl<K, V> Default for Batch<K, V> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Asked { waiting: Vec::new(), under_way: false })))
    }
}

impl<K, V> Clone for Batch<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K, V> Batch<K, V>
where
    K: Eq + Hash + Clone + Send + 'static,
    V: Clone + Send + 'static,
{
    /// Finds one, together with whatever else is asked for now. `look_up` reads
    /// all keys it is given with one query.
    pub async fn find<F>(&self, key: K, look_up: impl Fn(Vec<K>) -> F + Send + 'static) -> Answer<V>
    where
        F: Future<Output = sqlx::Result<HashMap<K, V>>> + Send,
    {
        let (answer, answered) = oneshot::channel();
        let first = {
            let mut asked = self.lock();
            asked.waiting.push((key, answer));
            !mem::replace(&mut asked.under_way, true)
        };
        if first {
            // A task of its own: who asked first may hang up.
            let looking_up = UnderWay(self.clone());
            tokio::spawn(async move {
                // Whoever is about to ask comes along.
                tokio::task::yield_now().await;
                while let Some(waiting) = looking_up.next() {
                    let keys: HashSet<K> = waiting.iter().map(|(key, _)| key.clone()).collect();
                    let found = look_up(keys.into_iter().collect()).await.map_err(Arc::new);
                    for (key, answer) in waiting {
                        // Whoever has hung up needs no answer.
                        let _ = answer.send(found.as_ref().map(|found| found.get(&key).cloned()).map_err(Arc::clone));
                    }
                    tokio::task::yield_now().await;
                }
            });
        }
        answered.await.unwrap_or_else(|_| Err(Arc::new(sqlx::Error::WorkerCrashed)))
    }

    fn lock(&self) -> MutexGuard<'_, Asked<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody looks up for all. Should it end before its time, by a panic, then
/// those who wait are told, and the next to ask begins anew.
struct UnderWay<K, V>(Batch<K, V>);

impl<K, V> UnderWay<K, V> {
    /// Those who wait, or the end of it when nobody does.
    fn next(&self) -> Option<Vec<(K, oneshot::Sender<Answer<V>>)>> {
        let mut asked = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = mem::take(&mut asked.waiting);
        asked.under_way = !waiting.is_empty();
        asked.under_way.then_some(waiting)
    }
}

impl<K, V> Drop for UnderWay<K, V> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut asked = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
            asked.under_way = false;
            asked.waiting.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use tokio::sync::Semaphore;

    use super::*;

    type Found = Pin<Box<dyn Future<Output = sqlx::Result<HashMap<i64, i64>>> + Send>>;

    /// Finds the double of each key, and notes how many were asked for at once;
    /// each look-up takes a permit first.
    fn doubling(permits: &Arc<Semaphore>, noted: &Arc<Mutex<Vec<usize>>>) -> impl Fn(Vec<i64>) -> Found + Send + use<> {
        let (permits, noted) = (permits.clone(), noted.clone());
        move |keys| {
            let (permits, noted) = (permits.clone(), noted.clone());
            Box::pin(async move {
                noted.lock().unwrap().push(keys.len());
                permits.acquire().await.unwrap().forget();
                assert!(!keys.contains(&13), "13 is asked for");
                Ok(keys.into_iter().filter(|key| *key >= 0).map(|key| (key, 2 * key)).collect())
            })
        }
    }

    #[tokio::test]
    async fn who_asks_while_a_look_up_is_under_way_is_answered_by_the_next() {
        let (permits, noted) = (Arc::new(Semaphore::new(0)), Arc::default());
        let batch = Batch::default();
        let ask = |key| {
            let (batch, look_up) = (batch.clone(), doubling(&permits, &noted));
            tokio::spawn(async move { batch.find(key, look_up).await.unwrap() })
        };
        let first = ask(1);
        while noted.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        let later = [ask(1), ask(2), ask(-1), ask(2)];
        while batch.lock().waiting.len() < later.len() {
            tokio::task::yield_now().await;
        }
        // The one who began it hangs up; the others are answered all the same.
        first.abort();
        permits.add_permits(2);
        let mut answers = Vec::new();
        for answer in later {
            answers.push(answer.await.unwrap());
        }
        assert_eq!(answers, [Some(2), Some(4), None, Some(4)]);
        assert_eq!(*noted.lock().unwrap(), [1, 3], "one look-up for the first, one for all the others");
    }

    #[tokio::test]
    async fn after_a_look_up_that_panicked_others_are_made() {
        let (permits, noted) = (Arc::new(Semaphore::new(9)), Arc::default());
        let batch = Batch::default();
        let failed = batch.find(13, doubling(&permits, &noted)).await;
        assert!(matches!(*failed.unwrap_err(), sqlx::Error::WorkerCrashed));
        assert_eq!(batch.find(1, doubling(&permits, &noted)).await.unwrap(), Some(2));
    }
}
