//! People who signed in, and who is locked.

use async_trait::async_trait;

use super::{Sqlite, bounded, corrupt, micros, time};
use crate::{
    people::{Identity, Person},
    store::{Holder, Lock, Locks, People, Result, sql},
};

type PersonRow = (String, String, String, String, i64);
type LockRow = (String, String, i64, String);

#[async_trait]
impl People for Sqlite {
    async fn all(&self) -> Result<Vec<Person>> {
        bounded(async {
            let rows: Vec<PersonRow> = sqlx::query_as(sql::ALL_PEOPLE).fetch_all(&self.pool).await?;
            rows.into_iter().map(person).collect()
        })
        .await
    }

    async fn meet(&self, person: &Person) -> Result<Identity> {
        let claims = serde_json::to_string(&person.claims).map_err(corrupt)?;
        let statement = sqlx::query(sql::MEET)
            .bind(person.name.as_str())
            .bind(person.identity.issuer.as_str())
            .bind(person.identity.subject.as_str())
            .bind(claims)
            .bind(micros(person.seen))
            .bind(micros(person.seen));
        let whose = sqlx::query_as(sql::WHOSE).bind(person.name.as_str());
        bounded(async {
            statement.execute(&self.pool).await?;
            let (issuer, subject) = whose.fetch_one(&self.pool).await?;
            Ok(Identity { issuer, subject })
        })
        .await
    }

    async fn forget(&self, name: &str) -> Result<Option<Identity>> {
        let statement = sqlx::query_as(sql::FORGET_PERSON).bind(name);
        bounded(async {
            let was: Option<(String, String)> = statement.fetch_optional(&self.pool).await?;
            Ok(was.map(|(issuer, subject)| Identity { issuer, subject }))
        })
        .await
    }
}

#[async_trait]
impl Locks for Sqlite {
    async fn all(&self) -> Result<Vec<Lock>> {
        bounded(async {
            let rows: Vec<LockRow> = sqlx::query_as(sql::ALL_LOCKS).fetch_all(&self.pool).await?;
            rows.into_iter().map(lock).collect()
        })
        .await
    }

    async fn add(&self, lock: &Lock) -> Result<()> {
        let (kind, name) = lock.holder.parts();
        let statement = sqlx::query(sql::ADD_LOCK).bind(kind).bind(name).bind(micros(lock.at)).bind(lock.by.as_str());
        bounded(async { Ok(statement.execute(&self.pool).await.map(drop)?) }).await
    }

    async fn remove(&self, holder: &Holder) -> Result<()> {
        let (kind, name) = holder.parts();
        let statement = sqlx::query(sql::REMOVE_LOCK).bind(kind).bind(name);
        bounded(async { Ok(statement.execute(&self.pool).await.map(drop)?) }).await
    }
}

fn person((name, issuer, subject, claims, seen): PersonRow) -> Result<Person> {
    let claims = serde_json::from_str(&claims).map_err(corrupt)?;
    Ok(Person { name, identity: Identity { issuer, subject }, claims, seen: time(seen)? })
}

fn lock((kind, name, at, by): LockRow) -> Result<Lock> {
    let holder = Holder::of(&kind, &name).ok_or_else(|| corrupt("a lock on nobody"))?;
    Ok(Lock { holder, at: time(at)?, by })
}
