//! What agents have spent: a row for each limit, written over.

use async_trait::async_trait;
use gogs_spanner_capability::AgentName;
use jiff::Timestamp;

use super::{Sqlite, bounded, corrupt, micros, time};
use crate::{
    limit::{Limit, Limited, Period},
    store::{Result, Spending, Spendings, sql},
};

type Row = (String, String, i64, String, i64);

#[async_trait]
impl Spendings for Sqlite {
    async fn all(&self) -> Result<Vec<Spending>> {
        bounded(async {
            let rows: Vec<Row> = sqlx::query_as(sql::ALL_SPENDINGS).fetch_all(&self.pool).await?;
            rows.iter().map(spending).collect()
        })
        .await
    }

    async fn save(&self, spendings: &[Spending]) -> Result<()> {
        bounded(async {
            let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
            for spending in spendings {
                sqlx::query(sql::SAVE_SPENDING)
                    .bind(spending.agent.as_str())
                    .bind(spending.limited.as_str())
                    .bind(i64::try_from(spending.limit.amount).unwrap_or(i64::MAX))
                    .bind(spending.limit.per.as_str())
                    .bind(micros(spending.back))
                    .execute(&mut *transaction)
                    .await?;
            }
            Ok(transaction.commit().await?)
        })
        .await
    }

    async fn prune(&self, now: Timestamp) -> Result<()> {
        let statement = sqlx::query(sql::PRUNE_SPENDINGS).bind(micros(now));
        bounded(async { Ok(statement.execute(&self.pool).await.map(drop)?) }).await
    }
}

fn spending((agent, limited, amount, per, back): &Row) -> Result<Spending> {
    let limited = Limited::of(limited).ok_or_else(|| corrupt("a limit of an unknown kind"))?;
    let per = Period::of(per).ok_or_else(|| corrupt("a limit of an unknown period"))?;
    let amount =
        u64::try_from(*amount).ok().filter(|amount| *amount > 0).ok_or_else(|| corrupt("a limit of nothing"))?;
    let agent = AgentName::parse(agent).map_err(corrupt)?;
    Ok(Spending { agent, limited, limit: Limit { amount, per }, back: time(*back)? })
}
