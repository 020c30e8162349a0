//! People who signed in, and who is locked.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;

use super::{Sqlite, bounded, corrupt, micros, time};
use crate::{
    people::{Identity, Person},
    store::{Holder, Lock, Locks, Met, People, Result, sql},
};

type PersonRow = (String, String, String, String, i64, bool);
type LockRow = (String, String, i64, String);

/// Whom a lock holds, and whom not any more.
type Held = (BTreeSet<Identity>, BTreeSet<Identity>);

#[async_trait]
impl People for Sqlite {
    async fn all(&self) -> Result<Vec<Met>> {
        bounded(async {
            let rows: Vec<PersonRow> = sqlx::query_as(sql::ALL_PEOPLE).fetch_all(&self.pool).await?;
            rows.into_iter().map(met).collect()
        })
        .await
    }

    async fn meet(&self, person: &Person) -> Result<Identity> {
        let claims = serde_json::to_string(&person.claims).map_err(corrupt)?;
        let Identity { issuer, subject } = &person.identity;
        let meet = sqlx::query(sql::MEET)
            .bind(person.name.as_str())
            .bind(issuer)
            .bind(subject)
            .bind(claims)
            .bind(micros(person.seen))
            .bind(micros(person.seen));
        let whose = sqlx::query_as(sql::WHOSE).bind(person.name.as_str());
        let outdate = sqlx::query(sql::OUTDATE_OTHER_NAMES).bind(issuer).bind(subject).bind(person.name.as_str());
        bounded(async {
            let mut transaction = self.pool.begin().await?;
            meet.execute(&mut *transaction).await?;
            let (issuer, subject) = whose.fetch_one(&mut *transaction).await?;
            let whose = Identity { issuer, subject };
            if whose == person.identity {
                outdate.execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
            Ok(whose)
        })
        .await
    }

    async fn outdate(&self, Identity { issuer, subject }: &Identity) -> Result<()> {
        let statement = sqlx::query(sql::OUTDATE).bind(issuer).bind(subject);
        bounded(async {
            statement.execute(&self.pool).await?;
            Ok(())
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
            let named: Vec<(String, String, String, bool)> =
                sqlx::query_as(sql::ALL_LOCKED_IDENTITIES).fetch_all(&self.pool).await?;
            let mut held = HashMap::<_, Held>::new();
            for (name, issuer, subject, is_freed) in named {
                let (identities, freed) = held.entry(Holder::Person(name)).or_default();
                let kept = if is_freed { freed } else { identities };
                kept.insert(Identity { issuer, subject });
            }
            rows.into_iter().map(|row| lock(row, &mut held)).collect()
        })
        .await
    }

    async fn add(&self, lock: &Lock) -> Result<()> {
        let (kind, name) = lock.holder.parts();
        let add = sqlx::query(sql::ADD_LOCK).bind(kind).bind(name).bind(micros(lock.at)).bind(lock.by.as_str());
        bounded(async {
            let mut transaction = self.pool.begin().await?;
            add.execute(&mut *transaction).await?;
            for Identity { issuer, subject } in &lock.identities {
                let hold = sqlx::query(sql::LOCK_IDENTITY).bind(name).bind(issuer).bind(subject);
                hold.execute(&mut *transaction).await?;
            }
            Ok(transaction.commit().await?)
        })
        .await
    }

    async fn free(&self, holder: &Holder, Identity { issuer, subject }: &Identity) -> Result<()> {
        let statement = sqlx::query(sql::FREE_IDENTITY).bind(holder.parts().1).bind(issuer).bind(subject);
        bounded(async {
            statement.execute(&self.pool).await?;
            Ok(())
        })
        .await
    }

    async fn remove(&self, holder: &Holder) -> Result<()> {
        let (kind, name) = holder.parts();
        bounded(async {
            let mut transaction = self.pool.begin().await?;
            sqlx::query(sql::REMOVE_LOCK).bind(kind).bind(name).execute(&mut *transaction).await?;
            if let Holder::Person(name) = holder {
                sqlx::query(sql::UNLOCK_IDENTITIES).bind(name).execute(&mut *transaction).await?;
            }
            Ok(transaction.commit().await?)
        })
        .await
    }
}

fn met((name, issuer, subject, claims, seen, is_current): PersonRow) -> Result<Met> {
    let claims = serde_json::from_str(&claims).map_err(corrupt)?;
    let person = Person { name, identity: Identity { issuer, subject }, claims, seen: time(seen)? };
    Ok(Met { person, is_current })
}

fn lock((kind, name, at, by): LockRow, held: &mut HashMap<Holder, Held>) -> Result<Lock> {
    let holder = Holder::of(&kind, &name).ok_or_else(|| corrupt("a lock on nobody"))?;
    let (identities, freed) = held.remove(&holder).unwrap_or_default();
    Ok(Lock { holder, at: time(at)?, by, identities, freed })
}
