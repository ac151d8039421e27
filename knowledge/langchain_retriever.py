"""A course as a LangChain retriever, so that others can build on it. LangChain's types stay in this file."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangchainDocument
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from knowledge.retrieval import Query


class CourseRetriever(BaseRetriever):
    """`course` is a knowledge.course.Course, `retriever` a knowledge.retrieval.Retriever; `k` passages a query."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    course: Any
    retriever: Any
    k: int = 6

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[LangchainDocument]:
        passages = self.retriever.retrieve(self.course, Query(query), self.k)
        return [
            LangchainDocument(
                page_content=passage.text,
                id=str(passage.chunk_id),
                metadata={
                    "document": passage.document,
                    "title": passage.title,
                    "trail": list(passage.trail),
                    "score": passage.score,
                    **passage.locator.to_json(),
                },
            )
            for passage in passages
        ]
