"""What page furniture says in languages other than English.

As in ``_furniture``: patterns for whole folded lines, under the names of the same rules. Only
what is hardly ever a line of an article: no single words that could be a sub-heading, but for
those that name an advertisement.
"""

from __future__ import annotations

from collections.abc import Mapping

_REST = r"[^.!?]{0,100}[.!]?"

WORDINGS_ABROAD: Mapping[str, tuple[str, ...]] = {
    "link stub": (
        # German, French, Spanish, Portuguese, Italian
        r"(?:lesen sie (?:auch|mehr)|mehr zum thema|das könnte (?:sie|dich) auch interessieren"
        r"|auch interessant|meistgelesen|weiterlesen)(?: ?: .{4,200})?:?",
        r"(?:à )?lire (?:aussi|également)(?: ?: .{4,200})?:?|sur le même (?:sujet|thème)"
        r"|les plus lus|articles? (?:liés|similaires|recommandés)",
        r"(?:lea|lee|leer|ver|vea|te puede) (?:también|más|interesar)(?: ?: .{4,200})?:?"
        r"|(?:noticias|notas|artículos) relacionad[ao]s|más leíd[ao]s|lo más (?:leído|visto)",
        r"(?:leia|veja|confira|saiba)(?: também| mais| ainda)(?: ?: .{4,200})?:?"
        r"|(?:notícias|matérias|artigos|posts) relacionad[ao]s|(?:as )?mais lidas"
        r"|você (?:pode|também pode) gostar(?: de)?\.*",
        r"leggi anche(?: ?: .{4,200})?:?|articoli correlati|i più letti",
        # Indonesian and Malay
        r"(?:baca|simak|lihat)(?: juga| selengkapnya)(?: ?: .{4,200})?:?"
        r"|(?:berita|artikel|tulisan|pos) (?:terkait|lainnya|populer|terpopuler|terbaru)"
        r"|terpopuler|paling (?:banyak dibaca|populer)",
        # Russian and Ukrainian
        r"(?:читайте|смотрите|читай) (?:также|ещё|еще|далее)(?: ?: .{4,200})?:?"
        r"|(?:материалы )?по теме:?|(?:другие|последние|главные|похожие) (?:новости|записи"
        r"|материалы|статьи)|популярное|самое (?:читаемое|популярное)|читайте також.{0,200}",
        # Japanese, Chinese, Korean
        r"(?:[こそ]の(?:記事|人)の?)?(?:関連|人気|新着|最新|おすすめ|オススメ|注目|前の|次の)の?"
        r"(?:記事|ニュース|エントリー|投稿|リンク)(?:一覧|ランキング)?",
        r"(?:こちらの記事も(?:合わせて|あわせて)?(?:どうぞ|お読みください|おすすめ(?:です)?))"
        r"|(?:あわせて|合わせて)読みたい|続きを読む|もっと(?:見る|読む)|アクセスランキング",
        r"(?:相关|相關|热门|熱門|推荐|推薦|延伸)(?:新闻|新聞|阅读|閱讀|文章|报道|報導)[:：]?",
        r"(?:관련|인기|추천|주요|최신|이전|다음) ?(?:기사|뉴스|글|포스트)|(?:많이|가장 많이) 본"
        r" ?(?:기사|뉴스)|더 ?보기|이 (?:기사|글)와 관련된 .{0,20}",
    ),
    "advertisement": (
        r"anzeige|werbung|publicité|publicidade|publicidad|pubblicità|iklan|реклама|advertentie",
        r"continua (?:depois|após) da publicidade|sigue leyendo|artikel wordt vervolgd",
        r"スポンサード? ?リンク|スポンサーリンク|広告|광고|广告|廣告",
    ),
    "share bar": (
        r"(?:compartilh(?:e|ar)|compart(?:ir|e)|teilen|partager|condividi|bagikan|поделиться"
        r"|поделитесь|поширити)(?: (?:isto|isso|esta?|este|diesen|cet|questo|ini|это|эту|в|en|no|na"
        r"|auf|sur|su|ke|di|via|com|con)\b.{0,60})?[:!]?",
        r"(?:この記事を)?(?:シェア|ツイート|共有)(?:する)?|공유하기|트위터로 공유|페이스북으로 공유"
        r"|分享(?:到|至)?.{0,10}",
    ),
    "comment form": (
        r"(?:deixe|deixar|envie) (?:um|o seu|seu|uma) (?:comentário|resposta).{0,40}"
        r"|(?:deja|dejar) (?:un|una) (?:comentario|respuesta).{0,40}"
        r"|(?:einen )?kommentar (?:schreiben|verfassen|hinterlassen)|laisser un commentaire"
        r"|lascia un commento|tinggalkan (?:balasan|komentar).{0,40}|tulis komentar.{0,40}"
        r"|(?:оставить|добавить|написать) комментари[йи].{0,30}",
        r"(?:\d+ )?(?:comentários?|comentarios?|kommentare?|commentaires?|commenti|komentar"
        r"|комментари(?:и|ев|й|я)) ?(?:\(\d+\)|: ?\d+)",
        r"コメント(?:を(?:残す|書く|投稿(?:する)?|送信)|する| ?\(\d+\))|댓글(?: ?\(?\d+\)?|쓰기"
        r"| ?쓰기| ?달기| ?남기기)?|发表评论|發表評論",
    ),
    "invitation": (
        r"(?:siga(?:-nos|m)?|síguenos|folgen sie uns|suivez-nous|seguici|ikuti kami"
        r"|curta)\b.{0,120}"
        r"|(?:подпис(?:ывайтесь|аться|итесь)|следите за нами|читайте нас)\b.{0,120}",
        r".{0,40}(?:フォロー(?:する|してください|お願いします)|いいね！?しよう)[!！。]?",
    ),
    "subscription": (
        rf"(?:assine|suscríbete|suscribirse|abonnez-vous|abonnieren|iscriviti|berlangganan"
        rf"|inscreva-se|cadastre-se)\b{_REST}",
        r"(?:メルマガ|メールマガジン|ニュースレター).{0,20}(?:登録|購読)(?:はこちら|する)?",
    ),
    "copyright": (
        r".{0,80}(?:alle rechte vorbehalten|todos (?:los derechos|os direitos) reservados"
        r"|tous droits réservés|tutti i diritti riservati|hak cipta dilindungi|все права защищены)"
        r".{0,80}",
        r".{0,60}(?:無断(?:転載|複製)|무단 ?(?:전재|복제)|저작권자|版权所有|版權所有).{0,80}",
    ),
    "site hint": (
        r"(?:если вы |)(?:нашли|заметили|увидели) (?:ошибку|опечатку).{0,100}",
        r"(?:ページの)?(?:トップ|先頭)(?:へ|に)(?:戻る)?|page ?top|맨 ?위로",
    ),
}
