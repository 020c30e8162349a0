//! Keys, revocations, accounts and identities: few rows, read at the start or at a first use.

use async_trait::async_trait;
use gogs_spanner_capability::{AgentName, RepositoryName, token::RevocationId};
use jiff::Timestamp;

use super::{Sqlite, bounded, corrupt, micros, time};
use crate::{
    revoke::{Cut, Cutoff},
    store::{Account, Accounts, Identities, Keys, Permission, Purpose, Result, Revocations, StoredKey, sql},
};

type KeyRow = (u32, String, Vec<u8>, i64, i64);
type AccountRow = (String, String, i64, String, Vec<u8>, i64);

#[async_trait]
impl Keys for Sqlite {
    async fn all(&self) -> Result<Vec<StoredKey>> {
        bounded(async {
            let rows: Vec<KeyRow> = sqlx::query_as(sql::ALL_KEYS).fetch_all(&self.pool).await?;
            rows.into_iter().map(stored_key).collect()
        })
        .await
    }

    async fn add(&self, key: &StoredKey) -> Result<()> {
        let statement = sqlx::query(sql::ADD_KEY)
            .bind(key.id)
            .bind(key.purpose.as_str())
            .bind(key.sealed.as_slice())
            .bind(micros(key.published))
            .bind(micros(key.signs_from));
        bounded(async { Ok(statement.execute(&self.pool).await.map(drop)?) }).await
    }
}

#[async_trait]
impl Revocations for Sqlite {
    async fn all(&self) -> Result<Vec<RevocationId>> {
        bounded(async {
            let ids: Vec<String> = sqlx::query_scalar(sql::ALL_REVOCATIONS).fetch_all(&self.pool).await?;
            ids.iter().map(|id| id.parse().map_err(corrupt)).collect()
        })
        .await
    }

    async fn add(&self, id: &RevocationId, at: Timestamp, keep_until: Timestamp) -> Result<()> {
        let statement = sqlx::query(sql::ADD_REVOCATION).bind(id.to_string()).bind(micros(at)).bind(micros(keep_until));
        bounded(async { Ok(statement.execute(&self.pool).await.map(drop)?) }).await
    }

    async fn prune(&self, now: Timestamp) -> Result<()> {
        let statement = sqlx::query(sql::PRUNE_REVOCATIONS).bind(micros(now));
        bounded(async { Ok(statement.execute(&self.pool).await.map(drop)?) }).await
    }

    async fn cutoffs(&self) -> Result<Vec<Cutoff>> {
        bounded(async {
            let rows: Vec<(String, String, i64)> = sqlx::query_as(sql::ALL_CUTOFFS).fetch_all(&self.pool).await?;
            rows.iter().map(cutoff).collect()
        })
        .await
    }

    async fn cut_off(&self, cutoff: &Cutoff, at: Timestamp) -> Result<()> {
        let (kind, subject) = cutoff.cut.stored();
        let statement =
            sqlx::query(sql::ADD_CUTOFF).bind(kind).bind(subject).bind(micros(cutoff.before)).bind(micros(at));
        bounded(async { Ok(statement.execute(&self.pool).await.map(drop)?) }).await
    }
}

#[async_trait]
impl Accounts for Sqlite {
    async fn account(&self, agent: &AgentName) -> Result<Option<Account>> {
        let query = sqlx::query_as(sql::ACCOUNT).bind(agent.as_str());
        bounded(async {
            let row: Option<AccountRow> = query.fetch_optional(&self.pool).await?;
            row.map(account).transpose()
        })
        .await
    }

    async fn save(&self, account: &Account) -> Result<()> {
        let statement = sqlx::query(sql::SAVE_ACCOUNT)
            .bind(account.agent.as_str())
            .bind(account.login.as_str())
            .bind(account.user_id)
            .bind(account.token_name.as_str())
            .bind(account.sealed_token.as_slice())
            .bind(micros(account.created));
        bounded(async { Ok(statement.execute(&self.pool).await.map(drop)?) }).await
    }

    async fn forget(&self, agent: &AgentName) -> Result<()> {
        // In this order: where it stops half way there is an account that has been let into nothing, which is soon mended.
        let statements = [sql::FORGET_COLLABORATIONS, sql::FORGET_ACCOUNT];
        bounded(async {
            for statement in statements {
                sqlx::query(statement).bind(agent.as_str()).execute(&self.pool).await?;
            }
            Ok(())
        })
        .await
    }

    async fn collaborations(&self, agent: &AgentName) -> Result<Vec<(RepositoryName, Permission)>> {
        let query = sqlx::query_as(sql::COLLABORATIONS).bind(agent.as_str());
        bounded(async {
            let rows: Vec<(String, String)> = query.fetch_all(&self.pool).await?;
            rows.iter().map(collaboration).collect()
        })
        .await
    }

    async fn save_collaboration(
        &self,
        agent: &AgentName,
        repository: &RepositoryName,
        permission: Permission,
    ) -> Result<()> {
        let statement = sqlx::query(sql::SAVE_COLLABORATION)
            .bind(agent.as_str())
            .bind(repository.as_str())
            .bind(permission.as_str());
        bounded(async { Ok(statement.execute(&self.pool).await.map(drop)?) }).await
    }
}

#[async_trait]
impl Identities for Sqlite {
    async fn pin(&self, repository: &RepositoryName, forge_id: i64, at: Timestamp) -> Result<i64> {
        let statement = sqlx::query(sql::PIN).bind(repository.as_str()).bind(forge_id).bind(micros(at));
        let pinned = sqlx::query_scalar(sql::PINNED).bind(repository.as_str());
        bounded(async {
            statement.execute(&self.pool).await?;
            Ok(pinned.fetch_one(&self.pool).await?)
        })
        .await
    }

    async fn pins(&self) -> Result<Vec<(RepositoryName, i64)>> {
        bounded(async {
            let rows: Vec<(String, i64)> = sqlx::query_as(sql::PINS).fetch_all(&self.pool).await?;
            rows.iter().map(|(name, number)| Ok((RepositoryName::parse(name).map_err(corrupt)?, *number))).collect()
        })
        .await
    }

    async fn unpin(&self, repository: &RepositoryName) -> Result<Option<i64>> {
        bounded(async {
            let mut transaction = self.pool.begin().await?;
            sqlx::query(sql::LEAVE_REPOSITORY).bind(repository.as_str()).execute(&mut *transaction).await?;
            let unpin = sqlx::query_scalar(sql::UNPIN).bind(repository.as_str());
            let pinned = unpin.fetch_optional(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(pinned)
        })
        .await
    }
}

fn stored_key((id, purpose, sealed, published, signs_from): KeyRow) -> Result<StoredKey> {
    let purpose = Purpose::of(&purpose).ok_or_else(|| corrupt("a key of an unknown purpose"))?;
    Ok(StoredKey { id, purpose, sealed, published: time(published)?, signs_from: time(signs_from)? })
}

fn cutoff((kind, subject, before): &(String, String, i64)) -> Result<Cutoff> {
    let cut = Cut::read(kind, subject).ok_or_else(|| corrupt("a cut-off of an unknown kind"))?;
    Ok(Cutoff { cut, before: time(*before)? })
}

fn account((agent, login, user_id, token_name, sealed_token, created): AccountRow) -> Result<Account> {
    let agent = AgentName::parse(&agent).map_err(corrupt)?;
    Ok(Account { agent, login, user_id, token_name, sealed_token, created: time(created)? })
}

fn collaboration((repository, permission): &(String, String)) -> Result<(RepositoryName, Permission)> {
    let permission = Permission::of(permission).ok_or_else(|| corrupt("an unknown permission"))?;
    Ok((RepositoryName::parse(repository).map_err(corrupt)?, permission))
}
