import mysql from 'mysql2/promise';

/** Runs one statement over a connection of its own, past everything that is tested. */
export async function askMariadb<R>(url: string, sql: string): Promise<R> {
  const connection = await mysql.createConnection(url);
  try {
    const [answer] = await connection.query(sql);
    return answer as R;
  } finally {
    await connection.end();
  }
}
